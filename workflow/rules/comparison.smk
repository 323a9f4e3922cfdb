rule comparison:
    # One page that compares all samples.
    input:
        expand(mark("report"), sample=SAMPLES),
    output:
        COMPARISON,
    log:
        str(CAMPAIGN.results / "logs" / "comparison.log"),
    params:
        folder=str(CAMPAIGN.results / "comparison"),
        samples=expand(RESULTS, sample=SAMPLES),
    threads: 1
    resources:
        mem_mb=demand.comparison_mb(len(SAMPLES)),
        runtime=demand.LEAST_MINUTES,
    shell:
        "{CAMPAIGN.program} report {params.samples:q} --out {params.folder:q} >{log:q} 2>&1"


rule sample_table:
    # Which model each sample was segmented with, and whether it suits it.
    input:
        expand(mark("report"), sample=SAMPLES),
    output:
        SAMPLE_TABLE,
    localrule: True
    run:
        folders = [(sample, Path(RESULTS.format(sample=name))) for name, sample in SAMPLES.items()]
        write_sample_table(Path(output[0]), folders)

rule measure:
    # Particles and liberation.
    input:
        unpack(project_files),
        done=mark("segment"),
    output:
        mark("measure"),
    log:
        log_file("measure"),
    params:
        results=RESULTS,
        model=model_options,
    threads: threads("measure")
    resources:
        mem_mb=memory("measure"),
        runtime=minutes("measure"),
        gpu=gpus("measure"),
    shell:
        run("measure", "{params.model}")

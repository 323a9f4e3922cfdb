rule report:
    # The page of a sample.
    input:
        unpack(project_files),
        done=mark("measure"),
    output:
        mark("report"),
    log:
        log_file("report"),
    params:
        results=RESULTS,
        model=model_options,
    threads: threads("report")
    resources:
        mem_mb=memory("report"),
        runtime=minutes("report"),
        gpu=gpus("report"),
    shell:
        run("report", "{params.model}")

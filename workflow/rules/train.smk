rule train:
    # The model of a sample that learns one.
    input:
        unpack(project_files),
        done=mark("register"),
    output:
        mark("train"),
    log:
        log_file("train"),
    params:
        results=RESULTS,
    threads: threads("train")
    resources:
        mem_mb=memory("train"),
        runtime=minutes("train"),
        gpu=gpus("train"),
    shell:
        run("train")

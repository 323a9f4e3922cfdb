rule register:
    # Where every map lies in the CT. A job a sample: the program holds the results of one.
    input:
        unpack(project_files),
        done=mark("import"),
    output:
        mark("register"),
    log:
        log_file("register"),
    params:
        results=RESULTS,
    threads: threads("register")
    resources:
        mem_mb=memory("register"),
        runtime=minutes("register"),
        gpu=gpus("register"),
    shell:
        run("register")

rule import:
    # CT volume and mineral maps in the program's own files.
    input:
        unpack(project_files),
    output:
        mark("import"),
    log:
        log_file("import"),
    params:
        results=RESULTS,
        # The inputs are too many to be named one by one.
        inputs=lambda wildcards: sample_of(wildcards).project.input_state(),
    threads: threads("import")
    resources:
        mem_mb=memory("import"),
        runtime=minutes("import"),
        gpu=gpus("import"),
    shell:
        run("import")

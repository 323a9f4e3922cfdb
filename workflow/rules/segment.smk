rule segment:
    # A phase and a particle for every voxel; a model that was made elsewhere is judged first.
    input:
        unpack(project_files),
        model=model_inputs,
        registered=mark("register"),
    output:
        mark("segment"),
    log:
        log_file("segment"),
    params:
        results=RESULTS,
        model=model_options,
    threads: threads("segment")
    resources:
        mem_mb=memory("segment"),
        runtime=minutes("segment"),
        gpu=gpus("segment"),
    shell:
        run("segment", "{params.model}")

rule part:
    # What the networks see of one of several parts of the volume.
    input:
        unpack(project_files),
        model=model_inputs,
        registered=mark("register"),
    output:
        mark(Part("{number}", "{of}").mark("part")),
    log:
        log_file(Part("{number}", "{of}").mark("part")),
    params:
        results=RESULTS,
        model=model_options,
    threads: threads("part")
    resources:
        mem_mb=memory("part"),
        runtime=minutes("part"),
        gpu=gpus("part"),
    shell:
        run("part", "--part {wildcards.number}/{wildcards.of} {params.model}")


rule segment:
    # A phase and a particle for every voxel; a model that was made elsewhere is judged first.
    input:
        unpack(project_files),
        model=model_inputs,
        registered=mark("register"),
        parts=part_marks("part"),
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

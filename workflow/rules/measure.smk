rule sums:
    # What the particles add up to in one of several parts of the volume.
    input:
        unpack(project_files),
        done=mark("segment"),
    output:
        mark(Part("{number}", "{of}").mark("sums")),
    log:
        log_file(Part("{number}", "{of}").mark("sums")),
    params:
        results=RESULTS,
        model=model_options,
    threads: threads("sums")
    resources:
        mem_mb=memory("sums"),
        runtime=minutes("sums"),
        gpu=gpus("sums"),
    shell:
        run("sums", "--part {wildcards.number}/{wildcards.of} {params.model}")


rule measure:
    # Particles and liberation.
    input:
        unpack(project_files),
        done=mark("segment"),
        parts=part_marks("sums"),
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

"""What the log of an engine that did not come up shows, by cause: name, pattern, sentence, what to do.

The first row that matches wins, so what is particular comes before what is general.
"""

from __future__ import annotations

ROWS: tuple[tuple[str, str, str, str], ...] = (
    (
        "model-runner-v2",
        r"is not a subclass of vllm\.v1\.worker\.gpu\.sample\.logits_processor",
        "this vLLM uses Model Runner V2, which refuses the model's logits processor",
        "set VLLM_USE_V2_MODEL_RUNNER: '0' under engine.env in the host file, or build from vLLM 0.30",
    ),
    (
        "driver-too-old",
        r"unsatisfied condition: cuda|driver version is insufficient|driver on your system is too old|non supported HW",
        "the host's NVIDIA driver is too old for the CUDA in the image",
        "update the driver (nvidia-smi shows what it can), or build from an image with an older CUDA",
    ),
    (
        "no-gpu",
        r"could not select device driver|No CUDA GPUs are|no CUDA-capable|infer device|libcuda\.so|initialize NVML",
        "the container does not see a GPU",
        "on the host: nvidia-smi, and the NVIDIA container toolkit; a daemon-reload can take a GPU away",
    ),
    (
        "no-kernel-image",
        r"no kernel image is available for execution",
        "the image holds no code for this kind of GPU",
        "build from an image made for it (GB10: CUDA 13 and sm_120 or sm_121)",
    ),
    (
        "ptxas-too-old",
        r"ptxas fatal\s*: Value '\w+' is not defined for option 'gpu-name'",
        "the compiler inside the image does not know this kind of GPU",
        "use a newer vLLM, or point TRITON_PTXAS_PATH at CUDA's own ptxas under engine.env",
    ),
    (
        "gpu-memory-taken",
        r"Free memory on device .* is less than desired GPU memory utilization",
        "less GPU memory is free than the engine asks for at its start",
        "lower gpu-memory-utilization under engine.flags, or end what holds the memory (nvidia-smi; GB10: free -g)",
    ),
    (
        "kv-cache-too-small",
        r"No available memory for the cache blocks|larger than the (?:available KV|maximum .* stored in KV) cache",
        "the memory left beside the weights is too little for one page",
        "raise gpu-memory-utilization or lower max-model-len under engine.flags",
    ),
    (
        "cuda-out-of-memory",
        r"CUDA out of memory|CUDA error: out of memory|CUDA_ERROR_OUT_OF_MEMORY|cudaErrorMemoryAllocation",
        "the GPU's memory ran out",
        "lower gpu-memory-utilization, max-num-seqs or max-model-len, or set cutover.strategy: stop-first",
    ),
    (
        "gpu-fault",
        r"CUDA error: (?:an illegal memory access|unspecified launch failure|uncorrectable ECC|device-side assert)",
        "the GPU reported a fault",
        "on the host: dmesg | grep Xid; run this again, and where it comes back, reset the GPU or restart the host",
    ),
    (
        "architecture",
        r"Model architectures? \[.*\] (?:are not|failed)|not recognize this architecture|No model architectures are",
        "the server in the image does not know this kind of model",
        "build from a newer vLLM (DeepSeek-OCR: 0.11.1 or newer), or correct the model under engine.flags",
    ),
    (
        "remote-code",
        r"pass the argument .trust_remote_code=True|contains custom code which must be executed",
        "the model brings code of its own, and the server was not told to run it",
        "use a vLLM that knows the model, or read that code and then set trust-remote-code: true under engine.flags",
    ),
    (
        "model-gated",
        r"GatedRepoError|Cannot access gated repo|Access to model \S+ is restricted",
        "the model is gated, and no token with access to it was there",
        "accept the model's terms, and give the build a token as a build secret",
    ),
    (
        "model-offline",
        r"outgoing traffic has been disabled|OfflineModeIsEnabled|LocalEntryNotFound|failure in name resolution",
        "the model's files are not in the image, and an engine has no way out to fetch them",
        "download the model while the image is built (hf download in the Dockerfile), and serve that folder",
    ),
    (
        "model-not-found",
        r"(?:Repository|Revision|Entry) ?Not ?Found|not a valid (?:model|git) identifier|Repo id must be in the form",
        "there is no such model, revision or file",
        "correct the model's name and its 40-digit revision",
    ),
    (
        "weights-damaged",
        r"SafetensorError|Error while deserializing header|invalid load key",
        "a file of the model's weights is damaged or cut short",
        "build again without the cached download, and compare the files' checksums",
    ),
    (
        "context-too-long",
        r"max_model_len .* is greater than the derived max_model_len",
        "the context length asked for is longer than the model's",
        "lower max-model-len under engine.flags (DeepSeek-OCR: 8192)",
    ),
    (
        "languages",
        r"Error opening data file \S+traineddata|couldn't load any languages",
        "Tesseract has not the language data it was asked for",
        "install tesseract-ocr-LANGUAGE in the Dockerfile",
    ),
    (
        "unknown-argument",
        r"error: unrecognized arguments|error: argument \S+: invalid|(?:No such|unknown|unrecognized) option",
        "the server does not know one of its arguments",
        "correct engine.flags in the host file; the log names the argument",
    ),
    (
        "exec-format",
        r"exec format error|cannot execute binary file",
        "the image was built for another processor",
        "take --platform out of the Dockerfile, or use a base image for this machine's architecture",
    ),
    (
        "no-program",
        r"executable file not found in \$PATH|exec: \S+ (?:stat \S+ )?no such file or directory",
        "the program that the image is to run is not in it",
        "correct ENTRYPOINT or CMD in the Dockerfile",
    ),
    (
        "no-user",
        r"getpwuid\(\): uid not found",
        "the image has no user with the number that engines run as",
        "add one in the Dockerfile (useradd --uid N), or set engine.uid to one that is there",
    ),
    (
        "threads",
        r"can't start new thread|pthread_create failed|fork: (?:retry: )?Resource temporarily unavailable",
        "it may not start as many processes and threads as it wants",
        "raise engine.pids in the host file",
    ),
    (
        "shared-memory",
        r"Bus error|insufficient shared memory|unable to \w+ shared memory|No space left on device: '/(?:dev/shm|psm_)",
        "the container's shared memory is too small",
        "let the server use fewer worker processes (engine.flags), or keep its shared data under /tmp",
    ),
    (
        "disk-full",
        r"[Nn]o space left on device|\[Errno 28\]|[Dd]isk quota exceeded",
        "the disk is full",
        "ocrfleet prune HOST --plan shows what can go; on the host: df -h",
    ),
    (
        "in-use",
        r"\[Errno 98\]|[Aa]ddress already in use|port is already allocated",
        "a port or an address that it needs is in use",
        "on the host: ss -ltnp and docker ps tell who has it",
    ),
    (
        "read-only",
        r"Read-only file system|\[Errno 30\]",
        "it writes to a place that is read-only in a container of ours",
        "point it at /tmp under engine.env (HOME, VLLM_CACHE_ROOT, TRITON_CACHE_DIR)",
    ),
    (
        "permission",
        r"PermissionError|[Pp]ermission denied",
        "it may not read or write a file it needs, mostly its cache",
        "give that place to engine.uid in the Dockerfile (COPY --chown), or point the cache at /tmp under engine.env",
    ),
    (
        "packages",
        r"(?m)^(?:\(.*?\) )?(?:ERROR .*?\] )?(?:ModuleNotFoundError|ImportError): ",
        "the packages in the image do not fit together",
        "pin their versions in the Dockerfile; the log names the one that is missing",
    ),
    (
        "illegal-instruction",
        r"Illegal instruction|exit code 132\b",
        "the program uses instructions that this processor does not have",
        "build for this processor (vLLM on a CPU wants AVX-512)",
    ),
    (
        "crash",
        r"Segmentation fault|exit code 139\b",
        "the program crashed",
        "run this again; where it comes back, try another version of the base image",
    ),
    (
        "killed",
        r"exit code 137\b",
        "it was killed, which is what the kernel does when memory runs out",
        "on the host: dmesg | grep -i oom; lower the engine's memory, or set cutover.strategy: stop-first",
    ),
)

"""A Dockerfile that parses wrongly, leaks a secret, or builds something else tomorrow is refused."""

import pytest

from ocrfleet.render.dockerfile import lint

FILE = "templates/trial/Dockerfile.j2"
PINNED = f"debian:bookworm-slim@sha256:{'0' * 64}"
FROM = f"FROM {PINNED}\n"
COMMENT = "expected no comment after an instruction"
UNPINNED = "expected an image pinned by digest"
SECRET = "is named like one; use --mount=type=secret"
IN_URL = "expected no user or password in a URL"
EXEC = "expected exec form"
DIRECTIVE = "expected no parser directive"
HEREDOC = "expected no heredoc"
FETCHED = "expected no ADD of a URL"
REFUSED = {
    "a comment after FROM": (f"FROM {PINNED}  # the base\n", 1, COMMENT),
    "a comment after exec form": (f'{FROM}RUN ["true"] # note\n', 2, COMMENT),
    "a comment after ENV": (f"{FROM}ENV A=1 # note\n", 2, COMMENT),
    "an unpinned base": ("FROM debian:bookworm\n", 1, UNPINNED),
    "a base with half a digest": ("FROM debian@sha256:1234\n", 1, UNPINNED),
    "a base from an argument": (f"ARG BASE\nFROM ${{BASE}}\n{FROM}", 2, UNPINNED),
    "a base that is a later stage": (f"FROM later\nFROM {PINNED} AS later\n", 1, UNPINNED),
    "an unpinned base with a platform": ("FROM --platform=linux/arm64 debian\n", 1, UNPINNED),
    "a lower-case instruction": ("from debian:bookworm\n", 1, UNPINNED),
    "an indented instruction": ("   FROM debian:bookworm\n", 1, UNPINNED),
    "a copy from an unpinned image": (f"{FROM}COPY --from=nginx:latest /a /b\n", 2, UNPINNED),
    "a mount from an unpinned image": (f'{FROM}RUN --mount=type=bind,from=nginx,target=/x ["true"]\n', 2, UNPINNED),
    "a secret as argument": (f"{FROM}ARG HF_TOKEN\n", 2, SECRET),
    "a secret with a default": (f"{FROM}ARG PIP_PASSWORD=hunter2\n", 2, SECRET),
    "a secret as variable": (f"{FROM}ENV API_KEY=hunter2\n", 2, SECRET),
    "a secret as second variable": (f"{FROM}ENV A=1 \\\n  CLIENT_SECRET=hunter2\n", 2, SECRET),
    "a secret in the old form": (f"{FROM}ENV HF_TOKEN hunter2\n", 2, SECRET),
    "a secret as second argument": (f"{FROM}ARG A API_KEY\n", 2, SECRET),
    "a secret behind a quoted value": (f'{FROM}ENV A="x y" API_KEY=hunter2\n', 2, SECRET),
    "secrets in a list": (f"{FROM}ENV GITHUB_TOKENS=hunter2\n", 2, SECRET),
    "keys in a word": (f"{FROM}ENV APIKEYS=hunter2\n", 2, SECRET),
    "a login": (f"{FROM}ENV AUTH=hunter2\n", 2, SECRET),
    "a login of a kind": (f"{FROM}ARG NPM_AUTH\n", 2, SECRET),
    "a password in a URL": (f"{FROM}ENV PIP_INDEX_URL=https://u:hunter2@x/\n", 2, IN_URL),
    "a password in a quoted URL": (f'{FROM}ARG INDEX="postgres://:hunter2@x"\n', 2, IN_URL),
    "a token in a URL": (f"{FROM}ENV REPO=https://hunter2@github.com/x/y\n", 2, IN_URL),
    "a password in a URL of a command": (f'{FROM}RUN ["pip", "install", "-i", "https://u:hunter2@x/"]\n', 2, IN_URL),
    "a shell RUN": (f"{FROM}RUN apt-get update\n", 2, EXEC),
    "a shell RUN over lines": (f"{FROM}RUN apt-get update \\\n  && apt-get install x\n", 2, EXEC),
    "a shell RUN at the end of the file": (f"{FROM}RUN apt-get update \\", 2, EXEC),
    "a shell RUN after a blank behind the backslash": (f'{FROM}RUN ["true"] \\ \n  && reboot\n', 2, EXEC),
    "a shell RUN after an empty line": (f'{FROM}RUN ["true"] \\\n\n  && reboot\n', 2, EXEC),
    "a shell RUN after a comment line": (f'{FROM}RUN ["true"] \\\n# note\n  && reboot\n', 2, EXEC),
    "a shell RUN with a mount": (f"{FROM}RUN --mount=type=cache,target=/x apt-get update\n", 2, EXEC),
    "a shell CMD": (f"{FROM}CMD python3 -m server\n", 2, EXEC),
    "a shell ENTRYPOINT": (f"{FROM}ENTRYPOINT python3\n", 2, EXEC),
    "a shell HEALTHCHECK": (f"{FROM}HEALTHCHECK --interval=5s CMD curl localhost\n", 2, EXEC),
    "a list in apostrophes": (f"{FROM}CMD ['python3']\n", 2, EXEC),
    "a list with a number": (f'{FROM}CMD ["sleep", 5]\n', 2, EXEC),
    "an empty list": (f"{FROM}CMD []\n", 2, EXEC),
    "NONE where it means a program": (f"{FROM}RUN NONE\n", 2, EXEC),
    "a syntax line": (f"# syntax=docker/dockerfile:1\n{FROM}", 1, DIRECTIVE),
    "a syntax line in capitals": (f"#SYNTAX = docker/dockerfile:1\n{FROM}", 1, DIRECTIVE),
    "another escape character": (f"# escape=`\n{FROM}", 1, DIRECTIVE),
    "a syntax line of another language": (f"// syntax=docker/dockerfile:1\n{FROM}", 1, "expected one of ADD, ARG"),
    "an instruction for somebody else": (f"{FROM}ONBUILD RUN reboot\n", 2, "expected one of ADD, ARG"),
    "a word that is no instruction": (f"{FROM}RUNN true\n", 2, "expected one of ADD, ARG"),
    "a heredoc": (f"{FROM}COPY <<EOF /note\n", 2, HEREDOC),
    "a quoted heredoc": (f'{FROM}COPY <<-"EOF" /note\n', 2, HEREDOC),
    "a numbered heredoc": (f"{FROM}COPY 3<<EOF /note\n", 2, HEREDOC),
    "a fetched file": (f"{FROM}ADD https://example.com/x /x\n", 2, FETCHED),
    "a fetched file in a list": (f'{FROM}ADD ["http://example.com/x", "/x"]\n', 2, FETCHED),
    "a fetched repository": (f"{FROM}ADD git@example.com:x/y.git /x\n", 2, FETCHED),
    "another machine's image": (f"FROM --platform=linux/amd64 {PINNED}\n", 1, "expected no --platform"),
    "a server within a server": (f'{FROM}CMD ["vllm", "serve", "x"]\n', 2, "expected no vllm in CMD"),
    "a server twice": (f'{FROM}ENTRYPOINT ["vllm", "serve", "vllm", "serve"]\n', 2, "expected `vllm serve` once"),
    "a tag that moves": (f"FROM vllm/vllm-openai:latest@sha256:{'0' * 64}\n", 1, "expected a tag that stays"),
    "no base": ("# nothing\n", 1, "expected a FROM"),
    "no text": ("", 1, "expected a FROM"),
}
ACCEPTED = {
    "a pinned base": FROM,
    "nothing": "FROM scratch\n",
    "an earlier stage": f"FROM {PINNED} AS fetch\nFROM fetch\nCOPY --from=fetch /a /b\n",
    "a stage in other letters": f"FROM {PINNED} AS Fetch\nFROM scratch\nCOPY --from=fetch /a /b\n",
    "the entry point of the published image": f'{FROM}ENTRYPOINT ["vllm", "serve"]\nCMD ["/model", "--port=8000"]\n',
    "a pinned copy": f"{FROM}COPY --from={PINNED} /a /b\n",
    "comments on their own lines": f"# a\n  # b: ENV HF_TOKEN=x\n\n{FROM}#\n",
    "a number sign in quotes": f'{FROM}LABEL a="x # y" b=\'x # y\'\nRUN ["echo", "# no"]\n',
    "a number sign in a word": f"{FROM}COPY a#b /x\n",
    "exec form": f'{FROM}RUN ["sh", "-c", "a && b <<EOF"]\nCMD ["x"]\nENTRYPOINT ["x"]\nSHELL ["sh", "-c"]\n',
    "exec form over lines": f'{FROM}RUN ["sh", \\\n  "/build/packages.sh"]\n',
    "a blank behind a backslash": f'{FROM}RUN ["sh", \\ \n  "/build/packages.sh"]\n',
    "exec form around a comment line": f'{FROM}RUN ["sh", \\\n# note\n\n  "/build/packages.sh"]\n',
    "secret mounts": f'{FROM}RUN --mount=type=secret,id=hf_token --mount=type=secret,id=x ["true"]\n',
    "a mount from a stage": f'FROM {PINNED} AS a\nFROM scratch\nRUN --mount=type=bind,from=a,target=/x ["true"]\n',
    "no health check": f"{FROM}HEALTHCHECK NONE\n",
    "a health check": f'{FROM}HEALTHCHECK --interval=5s CMD ["true"]\n',
    "names that look a little like secrets": f"{FROM}ENV TOKENIZERS_PARALLELISM=false MAX_TOKENS=1\nARG KEYBOARD\n",
    "numbers of tokens and other words": (
        f"{FROM}ENV MAX_NUM_BATCHED_TOKENS=1 AUTHOR=me num_prompt_tokens=3\nARG KEYBOARDS AUTHORITY\n"
    ),
    "URLs with nobody in them": f'{FROM}ENV A=https://x:8000/@y/z B=ssh://git@x/y\nLABEL mail="me@x.org https://x/"\n',
    "a value that looks like a secret's name": f'{FROM}ENV NOTE="no token here"\n',
    "a local file": f"{FROM}ADD files.tar /x\n",
    "Windows line ends": f'{FROM}RUN ["true"]\n'.replace("\n", "\r\n"),
}


@pytest.mark.parametrize(("text", "line", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_this_is_refused_at_its_line(text: str, line: int, why: str) -> None:
    found = [str(problem) for problem in lint(text, file=FILE, waivers=())]
    assert any(one.startswith(f"{FILE}:{line}: ") and why in one for one in found), found
    assert "hunter2" not in "".join(found)


@pytest.mark.parametrize("text", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_this_is_accepted(text: str) -> None:
    assert lint(text, file=FILE, waivers=()) == []


@pytest.mark.parametrize("text", ["FROM debian:bookworm\n", f"{FROM}COPY --from=nginx /a /b\n"])
def test_an_unpinned_base_is_accepted_with_the_waiver_for_it(text: str) -> None:
    assert lint(text, file=FILE, waivers={"unpinned-base": "made here"}) == []


def test_the_waiver_lets_nothing_else_through() -> None:
    found = lint("FROM debian  # note\nRUN reboot\n", file=FILE, waivers={"unpinned-base"})
    assert [problem.expected for problem in found] == [COMMENT, 'expected exec form, like ["sh", "/build/packages.sh"]']


def test_all_problems_are_told_at_once() -> None:
    found = lint("FROM debian\nENV HF_TOKEN=x\nRUN reboot\n", file=FILE, waivers=())
    assert [problem.line for problem in found] == [1, 2, 3]
    assert found[2].key == "RUN (line of the rendered text)"

//! Version, completions and man pages.

#![allow(
    clippy::unwrap_used,
    reason = "a test or bench ends where something is wrong"
)]

use std::process::{Command, Output};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_corelith"));
    command.args(arguments);
    command
}

fn corelith(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn stdout(arguments: &[&str]) -> String {
    let output = corelith(arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_version_names_commit_and_backends() {
    let short = stdout(&["-V"]);
    let start = concat!("corelith ", env!("CARGO_PKG_VERSION"), " (commit ");
    assert!(short.starts_with(start), "{short}");
    let commit = short.trim_end().trim_start_matches(start);
    let commit = commit.trim_end_matches(')');
    assert!(
        commit == "unknown" || commit.len() >= 12 && commit.chars().all(|c| c.is_ascii_hexdigit()),
        "{short}"
    );
    let long = stdout(&["--version"]);
    assert!(long.starts_with(short.trim_end()), "{long}");
    let backends = long.lines().nth(1).unwrap();
    assert!(backends.starts_with("backends: cpu"), "{long}");
    if cfg!(target_os = "linux") {
        assert_eq!(backends, "backends: cpu, vulkan", "{long}");
    }
}

#[test]
fn every_shell_gets_all_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = stdout(&["completions", shell]);
        for word in ["register", "separate"] {
            assert!(script.contains(word), "{shell} lacks {word}");
        }
    }
    let refused = corelith(&["completions", "cmd"]);
    assert_eq!(refused.status.code(), Some(2));
}

#[test]
fn a_shell_takes_the_completions() {
    let script = stdout(&["completions", "bash"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("corelith.bash");
    std::fs::write(&file, script).unwrap();
    let ask = "source \"$0\"; COMP_WORDS=(corelith reg); COMP_CWORD=1; \
               _corelith corelith reg corelith; echo \"${COMPREPLY[@]}\"";
    let Ok(output) = Command::new("bash").args(["-c", ask]).arg(&file).output() else {
        // There are machines without bash.
        return;
    };
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(said.trim(), "register", "{:?}", output.stderr);
}

#[test]
fn man_pages_tell_of_every_command() {
    let page = stdout(&["man"]);
    assert!(page.contains(".TH corelith 1"), "{page}");
    assert!(page.contains("corelith\\-register(1)"), "{page}");
    let folder = tempfile::tempdir().unwrap();
    stdout(&["man", folder.path().to_str().unwrap()]);
    for name in ["corelith.1", "corelith-register.1", "corelith-data-fetch.1"] {
        let page = std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(page.contains(".SH NAME"), "{name}");
    }
}

/// Commands that print and need no input.
#[cfg(target_os = "linux")]
const PRINTING: [&[&str]; 6] = [
    &["--help"],
    &["run", "--help"],
    &["--version"],
    &["settings"],
    &["man"],
    &["completions", "bash"],
];

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_printed_is_an_error() {
    for arguments in PRINTING {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let output = command(arguments).stdout(full.unwrap()).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.starts_with("error: cannot write"),
            "{arguments:?}: {said}"
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn nobody_reads_and_nothing_fails() {
    for arguments in PRINTING {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command(arguments).stdout(writer).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(output.stderr.is_empty(), "{arguments:?}");
    }
    let full = std::fs::File::options().write(true).open("/dev/full");
    let lost = command(&["run", "nowhere.toml"])
        .stderr(full.unwrap())
        .output();
    assert_eq!(lost.unwrap().status.code(), Some(2));
}

//! Connections that break, and servers that resume badly.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use corelith_core::Silent;
use corelith_fetch::{FetchError, State, fetch};

use crate::repository::{Deposit, Reply, Repository, md5_of};
use crate::{Counting, data, dataset, fetch_all, noise, options, tree};

const BYTES: usize = 600_000;

fn deposit() -> Deposit {
    Deposit::new("ct.bin", &noise(BYTES, 1))
}

#[test]
fn cut_connections_are_resumed_and_bytes_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::twisted(&[deposit()], |request, reply| {
        // More cuts than tries: each brings something new.
        if request.is_content() && request.before < 5 {
            reply.cut_after(100_000)
        } else {
            reply
        }
    });
    let counting = Counting::stopping_at(u64::MAX);
    fetch(&dataset(), &options(folder.path(), &repository), &counting).unwrap();
    assert_eq!(data(folder.path())["ct.bin"], noise(BYTES, 1));
    let downloads = repository.downloads();
    assert_eq!(downloads.len(), 6);
    assert!(
        downloads.is_sorted() && downloads[5] > 400_000,
        "{downloads:?}"
    );
    assert_eq!(*counting.lengths.lock().unwrap(), [BYTES as u64]);
    assert_eq!(counting.done.load(Ordering::Relaxed), BYTES as u64);
}

#[test]
fn a_later_run_goes_on_where_an_earlier_one_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let broken = Repository::twisted(&[deposit()], |request, reply| match request.from {
        None if request.is_content() => reply.cut_after(200_000),
        Some(_) => reply.cut_after(0),
        None => reply,
    });
    let error = fetch_all(folder.path(), &broken).unwrap_err();
    assert!(
        matches!(error, FetchError::Unreachable { tries: 3, .. }),
        "{error:?}"
    );
    assert!(error.help().unwrap().contains("goes on where it stopped"));
    assert!(data(folder.path()).is_empty());

    let repository = Repository::of(&[deposit()]);
    let report = fetch_all(folder.path(), &repository).unwrap();
    let State::Downloaded { resumed_at_bytes } = report.files[0].state else {
        panic!("{report:?}");
    };
    assert!(resumed_at_bytes > 100_000);
    assert_eq!(
        repository.downloads(),
        [usize::try_from(resumed_at_bytes).unwrap()]
    );
    assert_eq!(data(folder.path())["ct.bin"], noise(BYTES, 1));
}

#[test]
fn a_stop_on_request_keeps_what_came() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::of(&[deposit()]);
    let options = options(folder.path(), &repository);
    let error = fetch(&dataset(), &options, &Counting::stopping_at(150_000)).unwrap_err();
    assert!(matches!(error, FetchError::Cancelled(_)), "{error:?}");
    fetch(&dataset(), &options, &Silent).unwrap();
    let downloads = repository.downloads();
    assert!(
        downloads.len() == 2 && downloads[1] >= 150_000,
        "{downloads:?}"
    );
    assert_eq!(data(folder.path())["ct.bin"], noise(BYTES, 1));
}

#[test]
fn a_server_that_ignores_ranges_sends_all_again() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::twisted(&[deposit()], |request, reply| {
        if !request.is_content() {
            return reply;
        }
        let whole = Reply::status(200).body(&noise(BYTES, 1));
        if request.before == 0 {
            whole.cut_after(300_000)
        } else {
            whole
        }
    });
    fetch_all(folder.path(), &repository).unwrap();
    assert_eq!(data(folder.path())["ct.bin"], noise(BYTES, 1));
}

#[test]
fn a_server_that_ignores_ranges_and_always_cuts_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::twisted(&[deposit()], |request, reply| {
        if request.is_content() {
            Reply::status(200).body(&noise(BYTES, 1)).cut_after(300_000)
        } else {
            reply
        }
    });
    let error = fetch_all(folder.path(), &repository).unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error:?}");
    assert!(repository.downloads().len() <= 8);
}

#[test]
fn ranges_that_were_not_asked_for_are_not_glued_on() {
    for wrong in ["bytes 0-599999/600000", "bytes 7-599999/600000", "nonsense"] {
        let folder = tempfile::tempdir().unwrap();
        let repository =
            Repository::twisted(&[deposit()], move |request, reply| match request.before {
                0 if request.is_content() => reply.cut_after(200_000),
                1 if request.is_content() => Reply::status(206)
                    .header("Content-Range", wrong)
                    .body(&noise(BYTES, 1)),
                _ => reply,
            });
        fetch_all(folder.path(), &repository).unwrap();
        assert_eq!(data(folder.path())["ct.bin"], noise(BYTES, 1), "{wrong}");
    }
}

#[test]
fn a_refused_range_starts_afresh() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::twisted(&[deposit()], |request, reply| match request.from {
        Some(_) => Reply::status(416),
        None if request.is_content() && request.before == 0 => reply.cut_after(200_000),
        None => reply,
    });
    fetch_all(folder.path(), &repository).unwrap();
    assert_eq!(data(folder.path())["ct.bin"], noise(BYTES, 1));
}

#[test]
fn a_part_of_something_else_is_thrown_away() {
    for bytes in [1000, BYTES, BYTES + 1] {
        let folder = tempfile::tempdir().unwrap();
        let work = folder.path().join(".corelith-fetch");
        std::fs::create_dir(&work).unwrap();
        let part = work.join(format!("{}.part", md5_of(&noise(BYTES, 1))));
        std::fs::write(part, noise(bytes, 9)).unwrap();
        let repository = Repository::of(&[deposit()]);
        fetch_all(folder.path(), &repository).unwrap();
        assert_eq!(data(folder.path())["ct.bin"], noise(BYTES, 1), "{bytes}");
        assert_eq!(repository.downloads().last(), Some(&0));
        assert_eq!(tree(folder.path()).len(), 2);
    }
}

#[test]
fn a_silent_connection_counts_as_cut() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::twisted(&[deposit()], |request, mut reply| {
        if request.is_content() && request.before == 0 {
            reply = reply.cut_after(100_000);
            reply.silence = Duration::from_secs(60);
        }
        reply
    });
    let mut options = options(folder.path(), &repository);
    options.retry.silence = Duration::from_millis(500);
    let began = Instant::now();
    fetch(&dataset(), &options, &Silent).unwrap();
    assert!(began.elapsed() < Duration::from_secs(30));
    assert_eq!(data(folder.path())["ct.bin"], noise(BYTES, 1));
}

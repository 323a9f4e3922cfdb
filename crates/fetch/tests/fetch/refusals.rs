//! Wrong sums and sizes, statuses, redirects, hostile names, no network.

use corelith_core::Silent;
use corelith_fetch::{FetchError, fetch};
use serde_json::{Value, json};

use crate::repository::{Deposit, Reply, Repository, content_path, id};
use crate::{data, dataset, fetch_all, noise, options, tree};

fn deposit() -> Deposit {
    Deposit::new("ct.bin", &noise(50_000, 1))
}

#[test]
fn a_wrong_sum_is_refused_and_nothing_of_it_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::twisted(&[deposit()], |request, mut reply| {
        if request.is_content() {
            reply.body[20_000] ^= 1;
        }
        reply
    });
    let error = fetch_all(folder.path(), &repository).unwrap_err();
    assert!(matches!(error, FetchError::Sum { .. }), "{error:?}");
    assert!(error.to_string().contains("ct.bin: MD5 "), "{error}");
    assert!(error.help().unwrap().contains("--only"));
    assert!(tree(folder.path()).is_empty());
    assert_eq!(repository.downloads(), [0]);
}

#[test]
fn files_before_a_wrong_one_stay() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = deposit();
    wrong.sum = json!({"checkSumAlgorithm": "MD5", "value": "0".repeat(32)});
    let files = [Deposit::new("a.txt", b"text"), wrong];
    fetch_all(folder.path(), &Repository::of(&files)).unwrap_err();
    assert_eq!(data(folder.path()).keys().collect::<Vec<_>>(), ["a.txt"]);
}

#[test]
fn another_size_than_listed_is_refused() {
    for (bytes, announced) in [(60_000, true), (40_000, true), (60_000, false)] {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::twisted(&[deposit()], move |request, reply| {
            if !request.is_content() {
                return reply;
            }
            let reply = Reply::status(200).body(&noise(bytes, 1));
            if announced {
                reply
            } else {
                reply.header("No-Length", "")
            }
        });
        let error = fetch_all(folder.path(), &repository).unwrap_err();
        assert!(matches!(error, FetchError::Size { .. }), "{error:?}");
        assert!(error.to_string().contains("expected 50000"), "{error}");
        assert!(data(folder.path()).is_empty());
    }
}

#[test]
fn without_a_published_sum_the_size_is_held_against() {
    let sums = [
        Value::Null,
        json!({"checkSumAlgorithm": "CRC32", "value": "00"}),
        json!({"checkSumAlgorithm": null, "value": null}),
    ];
    for sum in sums {
        let folder = tempfile::tempdir().unwrap();
        let mut deposit = deposit();
        deposit.sum = sum;
        let report = fetch_all(folder.path(), &Repository::of(&[deposit])).unwrap();
        assert_eq!(report.files[0].checked, None);
        assert_eq!(data(folder.path())["ct.bin"].len(), 50_000);
    }
}

#[test]
fn closed_and_missing_items_are_not_asked_again() {
    for (status, advice) in [
        (401, "open"),
        (403, "open"),
        (404, "--server"),
        (410, "--server"),
    ] {
        for content in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let repository = Repository::twisted(&[deposit()], move |request, reply| {
                if request.is_content() == content {
                    Reply::status(status)
                } else {
                    reply
                }
            });
            let error = fetch_all(folder.path(), &repository).unwrap_err();
            assert!(matches!(error, FetchError::Status { .. }), "{error:?}");
            assert!(error.to_string().contains(&status.to_string()), "{error}");
            assert!(error.help().unwrap().contains(advice), "{error:?}");
            assert!(data(folder.path()).is_empty());
            assert!(repository.requests().iter().all(|r| r.before == 0));
        }
    }
}

#[test]
fn an_overloaded_server_is_asked_again_and_given_up_at_last() {
    for status in [408, 429, 500, 502, 503, 504] {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::twisted(&[deposit()], move |request, reply| {
            if request.before < 2 {
                Reply::status(status)
            } else {
                reply
            }
        });
        fetch_all(folder.path(), &repository).unwrap();
        assert_eq!(data(folder.path()).len(), 1, "{status}");

        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::twisted(&[deposit()], move |_, _| Reply::status(status));
        let error = fetch_all(folder.path(), &repository).unwrap_err();
        assert!(
            matches!(error, FetchError::Busy { tries: 3, .. }),
            "{error:?}"
        );
        assert_eq!(repository.requests().len(), 3);
    }
}

#[test]
fn the_wait_that_a_server_asks_for_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::twisted(&[deposit()], |request, reply| {
        if request.is_content() && request.before == 0 {
            Reply::status(429).header("Retry-After", "1")
        } else {
            reply
        }
    });
    let began = std::time::Instant::now();
    fetch_all(folder.path(), &repository).unwrap();
    assert!(began.elapsed().as_millis() >= 1000);

    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::twisted(&[deposit()], |_, _| {
        Reply::status(503).header("Retry-After", "86400")
    });
    let error = fetch_all(folder.path(), &repository).unwrap_err();
    assert!(
        error.to_string().contains("asks to wait 86400 s"),
        "{error}"
    );
    assert_eq!(repository.requests().len(), 1);
}

#[test]
fn no_server_is_told_with_what_to_do() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(folder.path(), &Repository::of(&[]));
    options.server = Some(format!("http://{port}/server"));
    let error = fetch(&dataset(), &options, &Silent).unwrap_err();
    assert!(
        matches!(error, FetchError::Unreachable { tries: 3, .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains(&port.to_string()), "{error}");
    assert!(error.help().unwrap().contains("HTTPS_PROXY"));
    assert!(tree(folder.path()).is_empty());
}

#[test]
fn contents_may_come_from_elsewhere_if_their_sum_is_published() {
    let store = Repository::of(&[deposit()]);
    let elsewhere = store.address.replace("/server", "") + &content_path(0);
    let folder = tempfile::tempdir().unwrap();
    let to = elsewhere.clone();
    let redirecting = move |deposit: Deposit| {
        let to = to.clone();
        Repository::twisted(&[deposit], move |request, reply| {
            if request.is_content() {
                Reply::redirect(&to)
            } else {
                reply
            }
        })
    };
    fetch_all(folder.path(), &redirecting(deposit())).unwrap();
    assert_eq!(data(folder.path())["ct.bin"], noise(50_000, 1));

    let folder = tempfile::tempdir().unwrap();
    let mut unchecked = deposit();
    unchecked.sum = Value::Null;
    let error = fetch_all(folder.path(), &redirecting(unchecked)).unwrap_err();
    assert!(matches!(error, FetchError::Redirect { .. }), "{error:?}");
    assert!(error.to_string().contains(&elsewhere), "{error}");
    assert!(data(folder.path()).is_empty());
}

#[test]
fn listings_come_from_the_repository_itself() {
    let other = Repository::of(&[deposit()]);
    let to = other.address.clone();
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::twisted(&[deposit()], move |request, _| {
        Reply::redirect(&(to.replace("/server", "") + &request.path))
    });
    let error = fetch_all(folder.path(), &repository).unwrap_err();
    assert!(matches!(error, FetchError::Redirect { .. }), "{error:?}");
    assert!(other.requests().is_empty());
}

#[test]
fn redirects_on_the_same_server_are_followed_but_not_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::twisted(&[deposit()], |request, reply| {
        match request.path.strip_prefix("/old") {
            None if reply.status == 404 => reply,
            None if request.before == 0 => Reply::redirect(&format!("/old{}", request.path)),
            None => reply,
            Some(path) => Reply::redirect(path),
        }
    });
    fetch_all(folder.path(), &repository).unwrap();
    assert_eq!(data(folder.path()).len(), 1);

    let folder = tempfile::tempdir().unwrap();
    let turning = Repository::twisted(&[deposit()], |request, _| Reply::redirect(&request.path));
    let error = fetch_all(folder.path(), &turning).unwrap_err();
    assert!(matches!(error, FetchError::Redirect { .. }), "{error:?}");
    assert_eq!(turning.requests().len(), 6);
}

#[test]
fn hostile_names_are_refused_before_anything_is_downloaded() {
    for name in [
        "../outside.txt",
        "a/../../outside.txt",
        "..\\outside.txt",
        "/outside.txt",
        "C:\\outside.txt",
        "c:outside.txt",
        "a\0b.txt",
        "NUL",
        "com1.tif",
        "a.txt:stream",
        "a.txt ",
        "",
        "corelith-lock.toml",
        ".corelith-fetch/in-use",
    ] {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("data");
        let files = [
            Deposit::new("good.txt", b"text"),
            Deposit::new(name, b"bad"),
        ];
        let repository = Repository::of(&files);
        let error = fetch_all(&folder, &repository).unwrap_err();
        assert!(
            matches!(error, FetchError::Name { .. }),
            "{name:?}: {error:?}"
        );
        assert!(error.help().is_some());
        assert!(tree(outer.path()).is_empty(), "{name:?}");
        assert!(repository.downloads().is_empty());
        // The others can be had.
        let mut options = options(&folder, &repository);
        options.only = vec!["good*".to_owned()];
        fetch(&dataset(), &options, &Silent).unwrap();
        assert_eq!(data(&folder).len(), 1);
    }
}

#[test]
fn names_that_differ_in_case_alone_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let files = [Deposit::new("Map.png", b"1"), Deposit::new("map.PNG", b"2")];
    let error = fetch_all(folder.path(), &Repository::of(&files)).unwrap_err();
    assert!(matches!(error, FetchError::Collision { .. }), "{error:?}");
    assert!(tree(folder.path()).is_empty());
}

#[test]
fn a_file_without_a_name_is_refused() {
    let mut nameless = deposit();
    nameless.name = Value::Null;
    let folder = tempfile::tempdir().unwrap();
    let error = fetch_all(folder.path(), &Repository::of(&[nameless])).unwrap_err();
    assert!(error.to_string().contains(&id(0)), "{error}");
}

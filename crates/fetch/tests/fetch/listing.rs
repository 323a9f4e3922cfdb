//! What the repository says that it holds.

use corelith_fetch::FetchError;
use serde_json::{Value, json};

use crate::repository::{Deposit, Reply, Repository, id};
use crate::{data, fetch_all, tree};

fn many(number: usize) -> Vec<Deposit> {
    (0..number)
        .map(|i| Deposit::new(&format!("slice_{i}.txt"), format!("slice {i}").as_bytes()))
        .collect()
}

#[test]
fn every_page_is_read() {
    for number in [1, 3, 4, 10] {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::of(&many(number));
        fetch_all(folder.path(), &repository).unwrap();
        assert_eq!(data(folder.path()).len(), number);
        let pages = repository
            .requests()
            .iter()
            .filter(|r| r.path.contains("/bitstreams?"))
            .count();
        assert_eq!(pages, number.div_ceil(3));
    }
}

/// Fetches with the answers for lists of files changed.
fn with_list(change: impl Fn(&mut Value) + Send + Sync + 'static) -> FetchError {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::twisted(&many(4), move |request, mut reply| {
        if request.path.contains("/bitstreams?") {
            let mut value = serde_json::from_slice(&reply.body).unwrap();
            change(&mut value);
            reply.body = value.to_string().into_bytes();
        }
        reply
    });
    let error = fetch_all(folder.path(), &repository).unwrap_err();
    assert!(tree(folder.path()).is_empty());
    assert!(repository.requests().len() < 20);
    error
}

fn assert_listing(error: &FetchError, problem: &str) {
    assert!(matches!(error, FetchError::Listing { .. }), "{error:?}");
    assert!(error.to_string().contains(problem), "{error}");
    assert!(error.help().unwrap().contains("--server"));
}

#[test]
fn fewer_files_than_counted_are_an_error() {
    let error = with_list(|list| list["page"]["totalElements"] = json!(5));
    assert_listing(&error, "4 bitstreams came, expected 5");
}

#[test]
fn a_page_that_comes_again_is_an_error() {
    let error = with_list(|list| {
        list["page"] = json!({"size": 3, "totalElements": 9, "totalPages": 3, "number": 0});
    });
    assert_listing(&error, "expected page 1");
    let error = with_list(|list| list["_embedded"]["bitstreams"][0]["uuid"] = json!(id(0)));
    assert_listing(&error, "listed twice");
}

#[test]
fn lists_that_never_end_are_an_error() {
    let error = with_list(|list| list["page"]["totalElements"] = json!(u64::MAX));
    assert_listing(&error, "at most");
    let error = with_list(|list| {
        list["page"]["totalPages"] = json!(u64::MAX);
        list["_embedded"] = json!({});
    });
    assert_listing(&error, "0 bitstreams came");
}

#[test]
fn identifiers_cannot_lead_to_other_addresses() {
    let error = with_list(|list| {
        list["_embedded"]["bitstreams"][0]["uuid"] = json!("../../../x?y=");
    });
    assert_listing(&error, "no UUID");
}

#[test]
fn sizes_that_are_none_are_an_error() {
    for size in [json!(-1), json!(null), json!("12"), json!(1.5)] {
        let error = with_list(move |list| {
            list["_embedded"]["bitstreams"][0]["sizeBytes"] = size.clone();
        });
        assert_listing(&error, "not as DSpace 7 writes them");
    }
}

#[test]
fn an_answer_of_another_kind_is_told() {
    for (kind, body) in [
        ("text/html", "<html>Please sign in</html>"),
        ("application/json", "[1, 2"),
        ("application/json", "\"text\""),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::twisted(&many(1), move |_, _| {
            Reply::status(200)
                .header("Content-Type", kind)
                .body(body.as_bytes())
        });
        let error = fetch_all(folder.path(), &repository).unwrap_err();
        assert_listing(&error, kind);
    }
}

#[test]
fn a_listing_that_is_cut_is_asked_for_again() {
    let folder = tempfile::tempdir().unwrap();
    let repository = Repository::twisted(&many(2), |request, reply| {
        if request.before == 0 && !request.is_content() {
            reply.cut_after(10)
        } else {
            reply
        }
    });
    fetch_all(folder.path(), &repository).unwrap();
    assert_eq!(data(folder.path()).len(), 2);
}

#[test]
fn a_withdrawn_or_empty_item_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let error = fetch_all(folder.path(), &Repository::of(&[])).unwrap_err();
    assert!(matches!(error, FetchError::NoFiles { .. }), "{error:?}");
    let repository = Repository::twisted(&many(1), |_, _| {
        Reply::json(&json!({"name": "Slag", "withdrawn": true}))
    });
    let error = fetch_all(folder.path(), &repository).unwrap_err();
    assert_listing(&error, "withdrawn");
}

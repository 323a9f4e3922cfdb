use serde::Serialize;

use super::text::documentation;

/// The words that a setting may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Words {
    /// Every word, in the order in which they are declared.
    pub words: Vec<Word>,
    /// What any other text means, where it is allowed.
    pub otherwise: Option<String>,
}

/// A word that a setting may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Word {
    /// As it is written in a file, without quotes.
    pub word: String,
    /// What it means.
    pub about: String,
}

impl Word {
    /// From a variant of an enumeration as it stands in the source.
    #[doc(hidden)]
    pub fn of(word: &str, attributes: &[&str]) -> Self {
        Self {
            word: word.to_owned(),
            about: documentation(attributes),
        }
    }
}

/// What a setting without a range may be of.
///
/// Every type of such a setting says whether it takes words, so that none that does is left out of
/// what is said of the settings. Enumerations are declared by [`words!`](crate::words).
pub trait SettingWords {
    /// The words that it may be; none where it is no word.
    fn words() -> Option<Words> {
        None
    }
}

macro_rules! no_words {
    ($($type:ty),*) => {$(
        impl SettingWords for $type {}
    )*};
}
no_words!(bool, u8, u32, u64, usize, f32, f64, String);

impl<T, const N: usize> SettingWords for [T; N] {}

impl<T> SettingWords for Vec<T> {}

impl<T: SettingWords> SettingWords for Option<T> {
    fn words() -> Option<Words> {
        T::words()
    }
}

/// Declares the words that a setting may be: how each is written, and what it means.
///
/// Reading, writing and what is said of the setting come from it. A variant after `else` takes every
/// other text, as a path; its documentation says what that is.
///
/// ```
/// use std::path::PathBuf;
///
/// use corelith_core::{SettingWords as _, words};
/// use serde::Deserialize as _;
/// use serde::de::value::{Error, StrDeserializer};
///
/// words! {
///     /// What is compared.
///     #[derive(Debug, PartialEq)]
///     pub enum Channels {
///         /// The classes alone.
///         Classes = "classes",
///         /// Classes and greys.
///         Both = "both",
///     }
/// }
///
/// words! {
///     /// Weights to begin with.
///     #[derive(Debug, Clone, PartialEq)]
///     pub enum Start {
///         /// Random ones.
///         Random = "random",
///     }
///     /// The folder of a model.
///     else Folder(PathBuf)
/// }
///
/// let read = |text| Channels::deserialize(StrDeserializer::<Error>::new(text));
/// assert_eq!(read("both").unwrap(), Channels::Both);
/// assert!(read("greys").unwrap_err().to_string().contains("expected `classes` or `both`"));
/// let words = Channels::words().unwrap().words;
/// assert_eq!((&*words[0].word, &*words[0].about), ("classes", "The classes alone."));
///
/// assert_eq!(Start::from("random".to_owned()), Start::Random);
/// assert_eq!(String::from(Start::Folder("a/b".into())), "a/b");
/// assert_eq!(Start::words().unwrap().otherwise.as_deref(), Some("The folder of a model."));
/// ```
#[macro_export]
macro_rules! words {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(
                $(#[$word_meta:meta])*
                $variant:ident = $word:literal,
            )+
        }
    ) => {
        $(#[$meta])*
        #[derive(serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $(
                $(#[$word_meta])*
                #[serde(rename = $word)]
                $variant,
            )+
        }

        impl $crate::SettingWords for $name {
            fn words() -> Option<$crate::Words> {
                Some($crate::Words {
                    words: vec![$($crate::Word::of($word, &[$(stringify!($word_meta)),*]),)+],
                    otherwise: None,
                })
            }
        }
    };
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(
                $(#[$word_meta:meta])*
                $variant:ident = $word:literal,
            )+
        }
        $(#[doc = $otherwise:literal])+
        else $other:ident($path:ty)
    ) => {
        $(#[$meta])*
        #[derive(serde::Serialize, serde::Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $(
                $(#[$word_meta])*
                $variant,
            )+
            $(#[doc = $otherwise])+
            $other($path),
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                match text.as_str() {
                    $($word => Self::$variant,)+
                    _ => Self::$other(text.into()),
                }
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                match value {
                    $($name::$variant => $word.to_owned(),)+
                    $name::$other(path) => path.display().to_string(),
                }
            }
        }

        impl $crate::SettingWords for $name {
            fn words() -> Option<$crate::Words> {
                Some($crate::Words {
                    words: vec![$($crate::Word::of($word, &[$(stringify!($word_meta)),*]),)+],
                    otherwise: Some([$($otherwise.trim()),+].join(" ")),
                })
            }
        }
    };
}

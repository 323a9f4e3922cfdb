//! The text of a rule.

use super::names::{SYMBOLS, is_line};
use super::rule::{Arithmetic, Comparison, Part, Wanted};
use crate::syntax::nearest;
use crate::text::shown;

/// Rules within rules, in brackets, are at most so deep.
const DEPTH_MAX: usize = 32;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Number(f64),
    Word(String),
    Sign(&'static str),
}

/// Signs, the longer ones first.
const SIGNS: [&str; 20] = [
    ">=", "<=", "==", "!=", "&&", "||", "\u{2265}", "\u{2264}", "\u{2260}", ">", "<", "=", "+",
    "-", "*", "/", "(", ")", "&", "|",
];

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, String> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        let run = |test: &dyn Fn(char) -> bool| rest.find(|c: char| !test(c)).unwrap_or(rest.len());
        let length = if c.is_whitespace() {
            c.len_utf8()
        } else if c.is_ascii_digit() || c == '.' {
            let length = run(&|c| c.is_ascii_digit() || c == '.');
            let number = rest[..length].parse::<f64>().map_err(|_| {
                format!(
                    "character {}: `{}` is no number",
                    at + 1,
                    shown(&rest[..length])
                )
            })?;
            tokens.push((at, Token::Number(number)));
            length
        } else if c.is_alphabetic() {
            let length = run(&|c| c.is_alphanumeric() || c == '_');
            tokens.push((at, Token::Word(rest[..length].to_owned())));
            length
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push((at, Token::Sign(sign)));
            sign.len()
        } else {
            return Err(format!(
                "character {}: `{}` is not understood; expected a rule such as `Si > 120 and Al < \
                 30`{}",
                text[..at].chars().count() + 1,
                shown(&c.to_string()),
                if c == ',' {
                    " (decimals have a point)"
                } else {
                    ""
                }
            ));
        };
        at += length;
    }
    Ok(tokens)
}

/// Reads a rule by recursive descent.
pub(super) struct Reader<'a> {
    text: &'a str,
    tokens: Vec<(usize, Token)>,
    next: usize,
    elements: Vec<Wanted>,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// The condition of a rule, and the elements that it names, each once.
    pub(super) fn read(text: &'a str) -> Result<(Part, Vec<Wanted>), String> {
        let mut reader = Self {
            text,
            tokens: tokens(text)?,
            next: 0,
            elements: Vec::new(),
            depth: 0,
        };
        let part = reader.any()?;
        let condition = reader.condition(part)?;
        if reader.peek().is_some() {
            return Err(reader.wrong("`and`, `or` or its end"));
        }
        Ok((condition, reader.elements))
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    /// What is wrong at the token that comes next.
    fn wrong(&self, expected: &str) -> String {
        match self.tokens.get(self.next) {
            Some((at, _)) => {
                let end = self
                    .tokens
                    .get(self.next + 1)
                    .map_or(self.text.len(), |t| t.0);
                format!(
                    "character {}: expected {expected}, found `{}`",
                    self.text[..*at].chars().count() + 1,
                    shown(self.text[*at..end].trim())
                )
            }
            None => format!("it ends where {expected} is expected"),
        }
    }

    fn take_sign(&mut self, signs: &[&str]) -> Option<&'static str> {
        match self.peek() {
            Some(Token::Sign(sign)) if signs.contains(sign) => {
                let sign = *sign;
                self.next += 1;
                Some(sign)
            }
            _ => None,
        }
    }

    fn take_word(&mut self, words: &[&str], signs: &[&str]) -> bool {
        let is_word = matches!(self.peek(), Some(Token::Word(word))
            if words.contains(&word.to_lowercase().as_str()));
        if is_word {
            self.next += 1;
        }
        is_word || self.take_sign(signs).is_some()
    }

    fn any(&mut self) -> Result<Part, String> {
        let mut left = self.all()?;
        while self.take_word(&["or", "oder"], &["|", "||"]) {
            let right = self.all()?;
            left = Part::Or(
                Box::new(self.condition(left)?),
                Box::new(self.condition(right)?),
            );
        }
        Ok(left)
    }

    fn all(&mut self) -> Result<Part, String> {
        let mut left = self.negated()?;
        while self.take_word(&["and", "und"], &["&", "&&"]) {
            let right = self.negated()?;
            left = Part::And(
                Box::new(self.condition(left)?),
                Box::new(self.condition(right)?),
            );
        }
        Ok(left)
    }

    fn negated(&mut self) -> Result<Part, String> {
        if self.take_word(&["not", "nicht"], &[]) {
            self.deeper()?;
            let part = self.negated()?;
            self.depth -= 1;
            return Ok(Part::Not(Box::new(self.condition(part)?)));
        }
        self.compared()
    }

    /// One comparison, or a chain such as `30 < Si < 120`.
    fn compared(&mut self) -> Result<Part, String> {
        let mut left = self.sum()?;
        let mut whole: Option<Part> = None;
        while let Some(sign) = self.take_sign(&[
            ">", "<", ">=", "<=", "=", "==", "!=", "\u{2265}", "\u{2264}", "\u{2260}",
        ]) {
            let comparison = match sign {
                ">" => Comparison::Above,
                "<" => Comparison::Below,
                ">=" | "\u{2265}" => Comparison::AtLeast,
                "<=" | "\u{2264}" => Comparison::AtMost,
                "=" | "==" => Comparison::Equal,
                _ => Comparison::Unequal,
            };
            let right = self.sum()?;
            let one = Part::Compared(
                Box::new(self.number(left)?),
                comparison,
                Box::new(self.number(right.clone())?),
            );
            whole = Some(match whole {
                Some(before) => Part::And(Box::new(before), Box::new(one)),
                None => one,
            });
            left = right;
        }
        Ok(whole.unwrap_or(left))
    }

    fn sum(&mut self) -> Result<Part, String> {
        let mut left = self.product()?;
        while let Some(sign) = self.take_sign(&["+", "-"]) {
            let right = self.product()?;
            let how = if sign == "+" {
                Arithmetic::Add
            } else {
                Arithmetic::Subtract
            };
            left = Part::Sum(
                Box::new(self.number(left)?),
                how,
                Box::new(self.number(right)?),
            );
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Part, String> {
        let mut left = self.single()?;
        while let Some(sign) = self.take_sign(&["*", "/"]) {
            let right = self.single()?;
            let how = if sign == "*" {
                Arithmetic::Multiply
            } else {
                Arithmetic::Divide
            };
            left = Part::Sum(
                Box::new(self.number(left)?),
                how,
                Box::new(self.number(right)?),
            );
        }
        Ok(left)
    }

    fn deeper(&mut self) -> Result<(), String> {
        self.depth += 1;
        match self.depth > DEPTH_MAX {
            true => Err(format!(
                "brackets are more than {DEPTH_MAX} deep; write a simpler rule"
            )),
            false => Ok(()),
        }
    }

    fn single(&mut self) -> Result<Part, String> {
        if self.take_sign(&["("]).is_some() {
            self.deeper()?;
            let inside = self.any()?;
            self.depth -= 1;
            return match self.take_sign(&[")"]) {
                Some(_) => Ok(inside),
                None => Err(self.wrong("`)`")),
            };
        }
        match self.peek().cloned() {
            Some(Token::Number(value)) => {
                self.next += 1;
                Ok(Part::Number(value))
            }
            Some(Token::Word(word)) => {
                let element = wanted(&word).map_err(|problem| {
                    let at = self.tokens[self.next].0;
                    format!(
                        "character {}: {problem}",
                        self.text[..at].chars().count() + 1
                    )
                })?;
                self.next += 1;
                let known = self
                    .elements
                    .iter()
                    .position(|other| other.symbol == element.symbol && other.line == element.line);
                Ok(Part::Element(known.unwrap_or_else(|| {
                    self.elements.push(element);
                    self.elements.len() - 1
                })))
            }
            _ => Err(self.wrong("an element or a number")),
        }
    }

    fn number(&self, part: Part) -> Result<Part, String> {
        match part.is_condition() {
            true => Err(
                "a condition stands where a number is expected; compare numbers and \
                         elements, and join conditions by `and`, `or`, `not`"
                    .to_owned(),
            ),
            false => Ok(part),
        }
    }

    fn condition(&self, part: Part) -> Result<Part, String> {
        match part.is_condition() {
            true => Ok(part),
            false => {
                Err("a number stands where a condition is expected, such as `Si > 120`".to_owned())
            }
        }
    }
}

/// The element of a word: a symbol, and the line behind it.
fn wanted(word: &str) -> Result<Wanted, String> {
    let of = |symbol: &'static str, line: &str| Wanted {
        symbol,
        line: (!line.is_empty()).then(|| line.to_owned()),
        written: word.to_owned(),
    };
    if let Some((symbol, line)) = word.split_once('_')
        && let Some(symbol) = SYMBOLS.iter().find(|s| **s == symbol)
    {
        return Ok(of(symbol, line));
    }
    if let Some(symbol) = SYMBOLS.iter().find(|s| **s == word) {
        return Ok(of(symbol, ""));
    }
    let with_line = SYMBOLS.iter().find_map(|symbol| {
        let line = word.strip_prefix(symbol)?;
        is_line(line).then(|| of(symbol, line))
    });
    with_line.ok_or_else(|| {
        let hint = match nearest(word, &SYMBOLS) {
            Some(symbol) if symbol.eq_ignore_ascii_case(word) => {
                format!("; did you mean `{symbol}`?")
            }
            _ => String::new(),
        };
        format!(
            "`{}` is the symbol of no element{hint}; expected a rule such as `Si > 120 and Al < 30`",
            shown(word)
        )
    })
}

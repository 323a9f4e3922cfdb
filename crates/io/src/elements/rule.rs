//! Rules such as `Si > 120 and Al < 30`.

use super::names::same_line;
use super::reader::Reader;

/// A rule is at most so long, in characters.
const CHARS_MAX: usize = 4000;

/// A part of a rule; numbers and conditions are told apart when it is read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    Number(f64),
    /// By its place among [`Rule::elements`].
    Element(usize),
    Sum(Box<Part>, Arithmetic, Box<Part>),
    Compared(Box<Part>, Comparison, Box<Part>),
    And(Box<Part>, Box<Part>),
    Or(Box<Part>, Box<Part>),
    Not(Box<Part>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Comparison {
    Above,
    AtLeast,
    Below,
    AtMost,
    Equal,
    Unequal,
}

/// An element that a rule names, with its line where it says one: `Fe`, `Fe_L`, `FeKa`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub symbol: &'static str,
    pub line: Option<String>,
    /// As it is written in the rule.
    pub written: String,
}

/// A condition on the values of elements at a pixel.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rule {
    condition: Part,
    /// Each once.
    pub elements: Vec<Wanted>,
}

impl Part {
    pub(super) fn is_condition(&self) -> bool {
        !matches!(self, Self::Number(_) | Self::Element(_) | Self::Sum(..))
    }

    fn value(&self, elements: &impl Fn(usize) -> f64) -> f64 {
        match self {
            Self::Number(value) => *value,
            Self::Element(at) => elements(*at),
            Self::Sum(left, how, right) => {
                let (left, right) = (left.value(elements), right.value(elements));
                match how {
                    Arithmetic::Add => left + right,
                    Arithmetic::Subtract => left - right,
                    Arithmetic::Multiply => left * right,
                    Arithmetic::Divide => left / right,
                }
            }
            _ => f64::NAN,
        }
    }

    /// Whether the condition holds; `None` where that is not known, since a value of it is no
    /// number, and what is known does not decide it (the strong logic of Kleene).
    fn holds(&self, elements: &impl Fn(usize) -> f64) -> Option<bool> {
        match self {
            Self::Compared(left, how, right) => {
                let (left, right) = (left.value(elements), right.value(elements));
                if left.is_nan() || right.is_nan() {
                    return None;
                }
                Some(match how {
                    Comparison::Above => left > right,
                    Comparison::AtLeast => left >= right,
                    Comparison::Below => left < right,
                    Comparison::AtMost => left <= right,
                    Comparison::Equal => left == right,
                    Comparison::Unequal => left != right,
                })
            }
            Self::And(left, right) => match (left.holds(elements), right.holds(elements)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Self::Or(left, right) => match (left.holds(elements), right.holds(elements)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Self::Not(part) => part.holds(elements).map(|holds| !holds),
            _ => None,
        }
    }
}

impl Rule {
    /// Reads a rule: elements, numbers, `+ - * /`, comparisons, `and`, `or`, `not`, brackets.
    ///
    /// # Errors
    /// In words, with the character at which it is not understood.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        if text.chars().count() > CHARS_MAX {
            return Err(format!("it is longer than {CHARS_MAX} characters"));
        }
        let (condition, elements) = Reader::read(text)?;
        Ok(Self {
            condition,
            elements,
        })
    }

    /// Whether the rule holds for sure; `elements` gives the value of each of [`Self::elements`].
    pub(super) fn holds(&self, elements: impl Fn(usize) -> f64) -> bool {
        self.condition.holds(&elements) == Some(true)
    }
}

impl Wanted {
    /// Whether an image of that element and line is meant.
    pub(super) fn is(&self, symbol: &str, line: Option<&str>) -> bool {
        self.symbol == symbol
            && match (&self.line, line) {
                (None, _) => true,
                (Some(wanted), Some(line)) => same_line(wanted, line),
                (Some(_), None) => false,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(rule: &str, si: f64, al: f64, fe: f64) -> bool {
        let rule = Rule::read(rule).unwrap_or_else(|e| panic!("{rule}: {e}"));
        let value = |at: usize| match rule.elements[at].symbol {
            "Si" => si,
            "Al" => al,
            "Fe" => fe,
            other => panic!("{other}"),
        };
        rule.holds(value)
    }

    #[test]
    fn rules_mean_what_a_laboratory_writes() {
        for (rule, expected) in [
            ("Si > 120 and Al < 30", true),
            ("Si>120 AND Al>=30", false),
            ("Fe > 50 or Si > 120 and Al > 100", false),
            ("(Fe > 50 or Si > 120) and not Al > 100", true),
            ("30 < Al + 20 < 50", true),
            ("Si / (Si + Al) \u{2265} 0.9", true),
            ("2 * Fe = 20 && Si != 1", true),
            ("Si_K > 120 & SiKa1 > 120", true),
        ] {
            assert_eq!(holds(rule, 200.0, 20.0, 10.0), expected, "{rule}");
        }
        // What is no number holds for nothing, nor for the contrary.
        let nan = f64::NAN;
        for rule in [
            "Si / Al > 1",
            "not Si / Al > 1",
            "Si / Al != 1",
            "not (Si / Al > 1 and Fe < 1)",
            "not (not Si / Al > 1)",
        ] {
            assert!(!holds(rule, 0.0, 0.0, 0.0), "{rule}");
            assert!(!holds(rule, nan, 1.0, 0.0), "{rule}");
        }
        // Where the rest decides, it does.
        assert!(holds("Si / Al > 1 or Fe < 1", 0.0, 0.0, 0.0));
        assert!(holds("not (Si / Al > 1 and Fe > 1)", 0.0, 0.0, 0.0));
    }

    #[test]
    fn what_is_no_rule_says_where() {
        for (rule, word) in [
            ("", "ends where an element or a number"),
            ("Si >", "ends where an element or a number"),
            (
                "Si > 120 Al < 30",
                "character 10: expected `and`, `or` or its end, found `Al`",
            ),
            ("si > 120", "did you mean `Si`?"),
            (
                "Quartz > 3",
                "character 1: `Quartz` is the symbol of no element",
            ),
            ("Si", "a number stands where a condition"),
            ("(Si > 1) + 2 > 3", "a condition stands where a number"),
            ("Si > 1,5", "decimals have a point"),
            ("Si > 1.2.3", "`1.2.3` is no number"),
            ("(Si > 1", "ends where `)`"),
        ] {
            let error = Rule::read(rule).unwrap_err();
            assert!(error.contains(word), "{rule}: {error}");
        }
        assert!(Rule::read(&"(".repeat(5000)).is_err());
        assert!(Rule::read(&"not ".repeat(900)).is_err());
    }
}

//! Currencies, by their ISO 4217 codes.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// An ISO 4217 currency, such as `USD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// The text is not the code of a currency.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is not an ISO 4217 currency code; write three capital letters, like USD or EUR")]
pub struct CurrencyError(String);

impl Currency {
    /// The three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a currency code is ASCII")
    }

    /// The three letters as bytes.
    pub(crate) const fn bytes(self) -> [u8; 3] {
        self.0
    }

    /// A currency that was recorded. Countries give up their currencies and ISO strikes them from its list, but a
    /// record must stay readable for ever, so any three capital letters will do.
    pub(crate) fn recorded(code: [u8; 3]) -> Option<Self> {
        code.iter().all(u8::is_ascii_uppercase).then_some(Self(code))
    }

    /// How many decimals amounts are usually shown with: 2 for USD, 0 for JPY, 3 for KWD.
    pub fn minor_digits(&self) -> u32 {
        let known = iso_currency::Currency::from_code(self.code());
        known.and_then(|currency| currency.exponent()).map_or(2, u32::from)
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        let known = text.len() == 3 && iso_currency::Currency::from_code(text).is_some();
        match <[u8; 3]>::try_from(text.as_bytes()) {
            Ok(code) if known => Ok(Self(code)),
            _ => Err(CurrencyError(text.chars().take(16).collect())),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

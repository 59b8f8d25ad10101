//! Amounts for people: thousands separators, and as many decimals as the currency has.

use recount_ledger::{Currency, UNITS_PER_ONE, units_text};

/// Shows amounts of one currency, and remembers whether one had to be rounded.
#[derive(Clone, Debug)]
pub struct Money {
    digits: u32,
    rounded: std::cell::Cell<bool>,
}

impl Money {
    /// For amounts of this currency; two decimals where there is none.
    pub fn new(currency: Option<Currency>) -> Self {
        Self { digits: currency.map_or(2, |currency| currency.minor_digits()), rounded: false.into() }
    }

    /// The amount, rounded half up (away from zero) to the currency's decimals.
    pub fn show(&self, units: i128) -> String {
        let step = UNITS_PER_ONE / 10i128.pow(self.digits);
        let (whole, rest) = (units.unsigned_abs() / step.unsigned_abs(), units.unsigned_abs() % step.unsigned_abs());
        let rounded = whole + u128::from(rest * 2 >= step.unsigned_abs());
        self.rounded.set(self.rounded.get() || rest != 0);
        let sign = if units < 0 && rounded != 0 { "-" } else { "" };
        let one = 10u128.pow(self.digits);
        let text = format!("{sign}{}", grouped(rounded / one));
        if self.digits == 0 {
            return text;
        }
        format!("{text}.{:0width$}", rounded % one, width = self.digits as usize)
    }

    /// The amount with its sign, for changes.
    pub fn signed(&self, units: i128) -> String {
        let text = self.show(units);
        if units > 0 { format!("+{text}") } else { text }
    }

    /// What to say below a table in which amounts were rounded.
    pub fn remark(&self) -> Option<String> {
        let rounded = self.rounded.get();
        rounded.then(|| format!("amounts are shown to {} decimals; -o json has them exactly", self.digits))
    }
}

/// A count with thousands separators.
pub fn count(number: u64) -> String {
    grouped(u128::from(number))
}

/// The exact amount, without separators: what files and scripts read.
pub fn exact(units: i128) -> String {
    units_text(units)
}

/// An exact amount of a record with thousands separators and at least two decimals, which lines up most of them.
pub fn record_amount(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    match whole.parse() {
        Ok(number) => format!("{sign}{}.{fraction:0<2}", grouped(number)),
        Err(_) => text.to_owned(),
    }
}

fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(currency: &str, amount: &str) -> String {
        let units = amount.parse::<recount_ledger::Amount>().expect("an amount").units();
        Money::new(Some(currency.parse().expect("a currency"))).show(units)
    }

    #[test]
    fn each_currency_has_its_decimals() {
        assert_eq!(show("USD", "1234567.5"), "1,234,567.50");
        assert_eq!(show("JPY", "1234567.5"), "1,234,568");
        assert_eq!(show("KWD", "0.0005"), "0.001");
        assert_eq!(show("USD", "-1000"), "-1,000.00");
        assert_eq!(show("USD", "-0.001"), "0.00");
        assert_eq!(show("USD", "999.995"), "1,000.00");
    }

    #[test]
    fn rounding_is_told() {
        let money = Money::new("USD".parse().ok());
        money.show(UNITS_PER_ONE);
        assert_eq!(money.remark(), None);
        money.show(1);
        assert!(money.remark().is_some());
    }
}

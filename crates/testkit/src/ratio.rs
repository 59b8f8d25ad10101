//! Exact ratios, and the only rounding there is.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

/// The nearest integer; of two equally near ones, the even one.
pub fn half_even(value: &BigRational) -> BigInt {
    let below = value.floor().to_integer();
    let rest = value - BigRational::from_integer(below.clone());
    let half = BigRational::new(BigInt::one(), BigInt::from(2));
    let odd = !(&below % BigInt::from(2)).is_zero();
    if rest > half || (rest == half && odd) { below + 1 } else { below }
}

/// The value rounded half-even to so many fractional digits, without trailing zeros.
pub fn decimal(value: &BigRational, digits: usize) -> String {
    let one = BigInt::from(10).pow(u32::try_from(digits).expect("a handful of digits"));
    let scaled = half_even(&(value * BigRational::from_integer(one)));
    let sign = if scaled.is_negative() { "-" } else { "" };
    let text = format!("{:0>width$}", scaled.abs().to_string(), width = digits + 1);
    let (whole, fraction) = text.split_at(text.len() - digits);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// Units of 1e-8 as a decimal without trailing zeros.
pub fn money(units: &BigInt) -> String {
    decimal(&BigRational::new(units.clone(), BigInt::from(100_000_000)), 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(numerator: i64, denominator: i64, digits: usize) -> String {
        decimal(&BigRational::new(numerator.into(), denominator.into()), digits)
    }

    #[test]
    fn rounds_half_to_even_on_both_sides_of_zero() {
        for (numerator, denominator, digits, text) in [
            (65_805, 77_412, 10, "0.8500620059"),
            (1, 2, 0, "0"),
            (3, 2, 0, "2"),
            (-1, 2, 0, "0"),
            (-3, 2, 0, "-2"),
            (25, 1000, 2, "0.02"),
            (35, 1000, 2, "0.04"),
            (-5, 4, 1, "-1.2"),
            (7, 1, 3, "7"),
            (0, 3, 3, "0"),
        ] {
            assert_eq!(shown(numerator, denominator, digits), text, "{numerator}/{denominator}");
        }
    }

    #[test]
    fn money_keeps_every_digit() {
        assert_eq!(money(&BigInt::from(1)), "0.00000001");
        assert_eq!(money(&(BigInt::from(10).pow(30) + 1)), "10000000000000000000000.00000001");
        assert_eq!(money(&BigInt::from(-150_000_000)), "-1.5");
    }
}

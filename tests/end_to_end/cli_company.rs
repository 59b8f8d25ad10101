//! A small company for the tests of the command line: two currencies, segments, a late booking, a void, a contradiction.

use recount_tests::Home;

const EVENTS: &str = "\
event_id,kind,customer_id,subscription_id,effective_at,booked_at,mrr,mrr_before,currency,plan,amount,voids,reason,base,quote,rate,attr.region
r1,fx_rate,,,2023-12-31,,,,,,,,,EUR,USD,1.10,
e1,new_logo,acme,,2024-03-01,2024-03-01T09:00:00Z,1000,,USD,team,,,,,,,americas
e2,new_logo,beta,,2024-04-15,2024-04-15T09:00:00Z,800.50,,EUR,team,,,,,,,europe
e3,new_logo,gamma,gamma/main,2024-06-01,2024-06-01T09:00:00Z,400,,USD,,,,,,,,americas
e4,one_time,acme,,2024-06-02,2024-06-02T09:00:00Z,,,USD,onboarding,2500,,,,,,
r2,fx_rate,,,2024-12-31,,,,,,,,,EUR,USD,1.05,
e5,upgrade,acme,,2025-02-01,2025-02-01T09:00:00Z,1500,1000,USD,business,,,,,,,
e6,downgrade,beta,,2025-03-10,2025-03-10T09:00:00Z,600,,EUR,team,,,,,,,
e7,churn,gamma,gamma/main,2025-04-30,2025-04-30T09:00:00Z,0,,USD,,,,,,,,
e8,new_logo,delta,,2025-05-01,2025-05-01T09:00:00Z,99.99,,USD,,,,,,,,europe
e9,upgrade,acme,,2025-06-01,2025-06-01T09:00:00Z,1800,,USD,,,,,,,,
v1,void,,,,2025-09-01T09:00:00Z,,,,,,e9,entered twice,,,,
e10,reactivation,gamma,gamma/main,2025-08-01,2025-10-20T09:00:00Z,450,,USD,,,,,,,,
e11,upgrade,delta,,2025-11-01,2025-11-01T09:00:00Z,80,,USD,,,,,,,,
r3,fx_rate,,,2025-12-31,,,,,,,,,EUR,USD,1.20,
";

/// A home whose ledger holds the company.
pub fn company() -> Home {
    let home = Home::with_ledger();
    home.write("events.csv", EVENTS);
    home.run(&["import", "events.csv"]).good();
    home
}

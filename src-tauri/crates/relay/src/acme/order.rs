//! One order: every name proved, then the certificate fetched.

use std::sync::Arc;
use std::time::Duration;

use instant_acme::{
    Account, AuthorizationStatus, ChallengeType, Identifier, NewOrder, Order, OrderStatus, RetryPolicy,
};

use super::OrderError;
use super::challenge::Challenges;

/// How to wait for the authority: it has to connect from several places.
const PATIENCE: RetryPolicy = RetryPolicy::new()
    .initial_delay(Duration::from_secs(1))
    .backoff(1.5)
    .timeout(Duration::from_secs(120));

/// What an order brings, as PEM.
pub(super) struct Issued {
    pub(super) certificate: String,
    pub(super) key: String,
}

/// Orders one certificate for all these names.
pub(super) async fn place(
    account: &Account,
    domains: &[String],
    challenges: &Arc<Challenges>,
) -> Result<Issued, OrderError> {
    let identifiers: Vec<Identifier> = domains.iter().cloned().map(Identifier::Dns).collect();
    let mut order = account.new_order(&NewOrder::new(&identifiers)).await?;
    if let Err(error) = prove(&mut order, challenges).await {
        // What the order says is only that it failed; why is said of each name.
        return Err(reason(&mut order).await.unwrap_or(error));
    }
    let key = order.finalize().await?;
    let certificate = order.poll_certificate(&PATIENCE).await?;
    Ok(Issued { certificate, key })
}

async fn prove(order: &mut Order, challenges: &Arc<Challenges>) -> Result<(), OrderError> {
    let mut shown = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        let domain = authorization.identifier().to_string();
        if authorization.status == AuthorizationStatus::Valid {
            // Proved a short while ago.
            continue;
        }
        let Some(mut challenge) = authorization.challenge(ChallengeType::TlsAlpn01) else {
            return Err(OrderError::NotOffered(domain));
        };
        let digest = challenge.key_authorization().digest();
        let digest = digest
            .as_ref()
            .try_into()
            .map_err(|_| OrderError::NotOffered(domain.clone()))?;
        shown.push(challenges.show(&domain, digest)?);
        challenge.set_ready().await?;
    }
    match order.poll_ready(&PATIENCE).await? {
        OrderStatus::Ready | OrderStatus::Valid => Ok(()),
        other => Err(OrderError::Authority(
            format!("the order is {other:?}").to_lowercase(),
        )),
    }
}

/// Which name could not be proved and why, if the authority says so.
async fn reason(order: &mut Order) -> Option<OrderError> {
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        let Ok(state) = authorization.refresh().await else {
            continue;
        };
        if let Some(problem) = state
            .challenges
            .iter()
            .find_map(|challenge| challenge.error.as_ref())
        {
            return Some(OrderError::NotOurs {
                domain: state.identifier().to_string(),
                why: problem.to_string(),
            });
        }
    }
    None
}

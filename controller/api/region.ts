// What the name of an AWS Region looks like, wherever one is given: a typing error would be an endpoint that is not there.

/** `us-east-1`, `us-gov-west-1`, `eusc-de-east-1`; not `us-east`, nor a zone (`us-east-1a`). */
export const regionPattern = /^[a-z]{2,}(-[a-z]+)+-[1-9]$/;

/** What to do, for who gave something else. */
export const nameRegion = "name an AWS Region, such as eu-central-1";

package dev.twinlog.testkit.link;

/** The ways in which clients of {@link SecuredClusters} authenticate, each with its transport. */
enum Access {
  TLS("TLS, anonymous", "SSL", ""),
  PLAIN_TLS("user and password", "SASL_SSL", "PLAIN"),
  MUTUAL_TLS("client certificate (mTLS)", "SSL", ""),
  SCRAM_256("user and password", "SASL_PLAINTEXT", "SCRAM-SHA-256"),
  SCRAM_256_TLS("user and password", "SASL_SSL", "SCRAM-SHA-256"),
  OAUTH("token of an OAuth server", "SASL_PLAINTEXT", "OAUTHBEARER"),
  OAUTH_TLS("token of an OAuth server", "SASL_SSL", "OAUTHBEARER"),
  PLAIN("user and password", "SASL_PLAINTEXT", "PLAIN"),
  SCRAM_512_TLS("user and password", "SASL_SSL", "SCRAM-SHA-512"),
  KERBEROS("Kerberos keytab", "SASL_PLAINTEXT", "GSSAPI"),
  KERBEROS_TLS("Kerberos keytab", "SASL_SSL", "GSSAPI"),
  SCRAM_512("user and password", "SASL_PLAINTEXT", "SCRAM-SHA-512"),
  DELEGATION("delegation token", "SASL_SSL", "SCRAM-SHA-256");

  /** What a client has to show. */
  final String credential;

  final String protocol;

  /** The {@code sasl.mechanism}; empty without SASL. */
  final String mechanism;

  Access(String credential, String protocol, String mechanism) {
    this.credential = credential;
    this.protocol = protocol;
    this.mechanism = mechanism;
  }

  String cell() {
    return mechanism.isEmpty() ? protocol : protocol + ", " + mechanism;
  }
}

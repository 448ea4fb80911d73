package dev.twinlog.testkit.link;

import dev.twinlog.testkit.EmbeddedKafka;
import dev.twinlog.testkit.KafkaSecurity;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ScramCredentialInfo;
import org.apache.kafka.clients.admin.ScramMechanism;
import org.apache.kafka.clients.admin.UserScramCredentialUpsertion;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.security.token.delegation.DelegationToken;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Clusters that together accept clients in some {@link Access}es, with the servers that they need
 * for it: SSL with and without client certificates, and SASL with and without TLS, each with all
 * mechanisms. A client's user is {@value #USER}.
 */
final class SecuredClusters implements AutoCloseable {
  static final String USER = "link";

  private static final String PREFIX = "listener.name.client.";
  private static final String MECHANISMS = "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER";
  private static final String ALLOWED_URLS = "org.apache.kafka.sasl.oauthbearer.allowed.urls";
  private static final String MODULES = "org.apache.kafka.common.security.";
  private static final String SCRAM = MODULES + "scram.ScramLoginModule";
  private static final String PLAIN = MODULES + "plain.PlainLoginModule";
  private static final String OAUTH = MODULES + "oauthbearer.OAuthBearerLoginModule";
  private static final String LOGIN = "%s required username=\"%s\" password=\"%s\";";
  private static final String PASSWORD = USER + "-secret";

  private final Set<Access> accesses;
  private final TokenServer tokens;
  private final @Nullable KerberosRealm realm;
  private final Map<String, EmbeddedKafka> clusters = new HashMap<>();
  private final String delegationJaas;

  /** Starts what these need. */
  SecuredClusters(Set<Access> accesses, Path directory) throws Exception {
    this.accesses = accesses;
    tokens = new TokenServer();
    System.setProperty(ALLOWED_URLS, tokens.tokenUrl() + "," + tokens.keysUrl());
    boolean kerberos = accesses.stream().anyMatch(one -> one.mechanism.equals("GSSAPI"));
    realm = kerberos ? new KerberosRealm(directory) : null;
    for (Access access : accesses) {
      clusters.computeIfAbsent(name(access), name -> start(access));
    }
    delegationJaas = accesses.contains(Access.DELEGATION) ? delegationJaas(newToken()) : "";
    for (Access access : accesses) {
      awaitAccepted(access);
    }
  }

  private static String name(Access access) {
    return access == Access.MUTUAL_TLS ? "SSL with certificates" : access.protocol;
  }

  private EmbeddedKafka start(Access access) {
    if (access.protocol.equals("SSL")) {
      KafkaSecurity security =
          access == Access.TLS ? KafkaSecurity.tls() : KafkaSecurity.mutualTls().user(USER);
      return EmbeddedKafka.builder().security(security).start();
    }
    KafkaSecurity scram = KafkaSecurity.scram().user(USER);
    EmbeddedKafka kafka =
        withMechanisms(access.protocol.equals("SASL_SSL") ? scram.overTls() : scram);
    setPassword(kafka, ScramMechanism.SCRAM_SHA_256, PASSWORD);
    return kafka;
  }

  private EmbeddedKafka withMechanisms(KafkaSecurity security) {
    String oauth = PREFIX + "oauthbearer.sasl.";
    EmbeddedKafka.Builder builder =
        EmbeddedKafka.builder()
            .security(security)
            .config(
                PREFIX + "sasl.enabled.mechanisms", MECHANISMS + (realm == null ? "" : ",GSSAPI"))
            .config(
                PREFIX + "plain.sasl.jaas.config",
                "%s required user_%s=\"%s\";".formatted(PLAIN, USER, PASSWORD))
            .config(PREFIX + "scram-sha-256.sasl.jaas.config", SCRAM + " required;")
            .config(oauth + "jaas.config", OAUTH + " required;")
            .config(
                oauth + "server.callback.handler.class",
                MODULES + "oauthbearer.OAuthBearerValidatorCallbackHandler")
            .config(oauth + "oauthbearer.jwks.endpoint.url", tokens.keysUrl())
            .config(oauth + "oauthbearer.expected.audience", TokenServer.AUDIENCE)
            .config("delegation.token.secret.key", "of all nodes of the cluster");
    if (realm != null) {
      builder
          .config(PREFIX + "gssapi.sasl.jaas.config", realm.brokerJaas())
          .config("sasl.kerberos.service.name", "kafka");
    }
    return builder.start();
  }

  /** Sets the password of the user {@value #USER} for that mechanism. */
  static void setPassword(EmbeddedKafka kafka, ScramMechanism mechanism, String password) {
    ScramCredentialInfo info = new ScramCredentialInfo(mechanism, 4096);
    try (Admin admin = kafka.admin()) {
      admin
          .alterUserScramCredentials(
              List.of(new UserScramCredentialUpsertion(USER, info, password)))
          .all()
          .get();
    } catch (ExecutionException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private DelegationToken newToken() throws Exception {
    try (Admin admin = Admin.create(Map.copyOf(clientProperties(Access.SCRAM_512_TLS)))) {
      return admin.createDelegationToken().delegationToken().get();
    }
  }

  private static String delegationJaas(DelegationToken token) {
    return LOGIN
        .formatted(SCRAM, token.tokenInfo().tokenId(), token.hmacAsBase64String())
        .replace(";", " tokenauth=\"true\";");
  }

  /** Brokers learn new credentials and tokens from the controller a moment later. */
  private void awaitAccepted(Access access) {
    Awaitility.await()
        .atMost(Links.LIMIT)
        .ignoreExceptionsMatching(e -> e.getCause() instanceof AuthenticationException)
        .until(
            () -> {
              try (Admin admin = Admin.create(Map.copyOf(clientProperties(access)))) {
                return !admin.describeCluster().nodes().get().isEmpty();
              }
            });
  }

  /** The cluster that accepts clients in this way. */
  EmbeddedKafka kafka(Access access) {
    return Objects.requireNonNull(clusters.get(name(access)));
  }

  /** The properties of a client that is accepted in this way. */
  Map<String, String> clientProperties(Access access) {
    EmbeddedKafka kafka = kafka(access);
    if (access == Access.TLS) {
      return kafka.clientProperties();
    }
    Map<String, String> properties = new HashMap<>(kafka.clientProperties(USER));
    if (!access.mechanism.isEmpty()) {
      properties.put("sasl.mechanism", access.mechanism);
      properties.put("sasl.jaas.config", jaas(access));
    }
    if (access.mechanism.equals("OAUTHBEARER")) {
      properties.put("sasl.oauthbearer.token.endpoint.url", tokens.tokenUrl());
      properties.put(
          "sasl.login.callback.handler.class",
          MODULES + "oauthbearer.OAuthBearerLoginCallbackHandler");
    }
    if (access.mechanism.equals("GSSAPI")) {
      properties.put("sasl.kerberos.service.name", "kafka");
    }
    return properties;
  }

  private String jaas(Access access) {
    if (access == Access.DELEGATION) {
      return delegationJaas;
    }
    return switch (access.mechanism) {
      case "PLAIN" -> LOGIN.formatted(PLAIN, USER, PASSWORD);
      case "OAUTHBEARER" ->
          "%s required clientId=\"%s\" clientSecret=\"%s\";"
              .formatted(OAUTH, TokenServer.CLIENT, TokenServer.SECRET);
      case "GSSAPI" -> Objects.requireNonNull(realm).clientJaas();
      default -> LOGIN.formatted(SCRAM, USER, PASSWORD);
    };
  }

  /** The properties of a client that is like {@link #clientProperties} but must be refused. */
  Map<String, String> wrongProperties(Access access) {
    Map<String, String> wrong = new HashMap<>(clientProperties(access));
    if (access == Access.TLS) {
      wrong.keySet().removeIf(name -> name.startsWith("ssl.truststore."));
    } else if (access == Access.MUTUAL_TLS) {
      wrong.keySet().removeIf(name -> name.startsWith("ssl.keystore."));
      wrong.remove("ssl.key.password");
    } else {
      wrong.computeIfPresent(
          "sasl.jaas.config",
          (name, jaas) -> jaas.replaceFirst("(password|clientSecret|principal)=\"", "$1=\"wrong"));
    }
    return wrong;
  }

  /** Each of them has the next one as the target of its link. */
  Access next(Access access) {
    List<Access> all = List.copyOf(accesses);
    return all.get((all.indexOf(access) + 1) % all.size());
  }

  @Override
  public void close() throws Exception {
    System.clearProperty(ALLOWED_URLS);
    clusters.values().forEach(EmbeddedKafka::close);
    tokens.close();
    if (realm != null) {
      realm.close();
    }
  }
}

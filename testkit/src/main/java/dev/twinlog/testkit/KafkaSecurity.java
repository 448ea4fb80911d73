package dev.twinlog.testkit;

import dev.twinlog.testkit.internal.kafka.BrokerSettings;
import dev.twinlog.testkit.internal.kafka.Keystores;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The security of a test cluster: how clients authenticate, and whether ACLs authorize them.
 *
 * <pre>{@code
 * EmbeddedKafka.builder().security(KafkaSecurity.scram().overTls().user("alice").acls()).start();
 * }</pre>
 *
 * <p>Secured clusters always have the user {@value #ADMIN}, the super user; {@link
 * TestKafka#clientProperties()} connects as this user, {@link TestKafka#clientProperties(String)}
 * as another one. A user's password is its name with {@code -secret} behind it. Immutable; each
 * method returns a changed copy.
 */
public final class KafkaSecurity {
  /** The super user of every secured cluster. */
  public static final String ADMIN = "admin";

  private enum Authentication {
    NONE,
    CERTIFICATE,
    SCRAM,
    PLAIN
  }

  private final Authentication authentication;
  private final boolean tls;
  private final boolean acls;
  private final Set<String> users;

  private KafkaSecurity(
      Authentication authentication, boolean tls, boolean acls, Set<String> users) {
    this.authentication = authentication;
    this.tls = tls;
    this.acls = acls;
    this.users = users;
  }

  /** No authentication and no encryption: security protocol PLAINTEXT. The default. */
  public static KafkaSecurity plaintext() {
    return new KafkaSecurity(Authentication.NONE, false, false, Set.of());
  }

  /** Encrypted, clients stay anonymous: SSL, with a self-signed certificate for 127.0.0.1. */
  public static KafkaSecurity tls() {
    return new KafkaSecurity(Authentication.NONE, true, false, Set.of());
  }

  /** SSL where each client shows its own certificate; the principal is {@code User:<name>}. */
  public static KafkaSecurity mutualTls() {
    return new KafkaSecurity(Authentication.CERTIFICATE, true, false, Set.of(ADMIN));
  }

  /** SASL_PLAINTEXT with SCRAM-SHA-512. */
  public static KafkaSecurity scram() {
    return new KafkaSecurity(Authentication.SCRAM, false, false, Set.of(ADMIN));
  }

  /** SASL_PLAINTEXT with PLAIN. */
  public static KafkaSecurity plain() {
    return new KafkaSecurity(Authentication.PLAIN, false, false, Set.of(ADMIN));
  }

  /** The same over TLS: SASL_SSL for {@link #scram()} and {@link #plain()}. */
  public KafkaSecurity overTls() {
    return new KafkaSecurity(authentication, true, acls, users);
  }

  /**
   * With one more user.
   *
   * @param name letters, digits, dot, dash and underscore
   * @throws IllegalStateException if this kind of security knows no users
   * @throws IllegalArgumentException if the name holds another character
   */
  public KafkaSecurity user(String name) {
    requireUsers("user(\"" + name + "\")");
    if (!name.matches("[A-Za-z0-9._-]+")) {
      throw new IllegalArgumentException(
          "the user name was \""
              + name
              + "\" but may hold only letters, digits, dot, dash and underscore");
    }
    Set<String> more = new LinkedHashSet<>(users);
    more.add(name);
    return new KafkaSecurity(authentication, tls, acls, more);
  }

  /**
   * With Kafka's StandardAuthorizer: users other than {@value #ADMIN} may do only what ACLs allow.
   * Create them with any admin client, such as {@link TestKafka#admin()}.
   *
   * @throws IllegalStateException if this kind of security knows no users
   */
  public KafkaSecurity acls() {
    requireUsers("acls()");
    return new KafkaSecurity(authentication, tls, true, users);
  }

  private void requireUsers(String method) {
    if (authentication == Authentication.NONE) {
      throw new IllegalStateException(
          method
              + " needs mutualTls(), scram() or plain(): with "
              + protocol()
              + " every client is anonymous");
    }
  }

  String protocol() {
    boolean sasl = authentication == Authentication.SCRAM || authentication == Authentication.PLAIN;
    if (sasl) {
      return tls ? "SASL_SSL" : "SASL_PLAINTEXT";
    }
    return tls ? "SSL" : "PLAINTEXT";
  }

  boolean isPlaintext() {
    return protocol().equals("PLAINTEXT");
  }

  /** Makes the certificates that are needed in that directory. */
  Prepared prepare(Path directory) {
    if (!tls) {
      return new Prepared(this, Map.of(), null);
    }
    Map<String, Path> keyStores = new LinkedHashMap<>();
    keyStores.put(Prepared.BROKER, Keystores.keyStore(directory, Prepared.BROKER));
    if (authentication == Authentication.CERTIFICATE) {
      users.forEach(user -> keyStores.put(user, Keystores.keyStore(directory, user)));
    }
    return new Prepared(
        this, keyStores, Keystores.trustStore(directory, "trusted", keyStores.values()));
  }

  /** Security with its key stores and trust stores written to disk. */
  static final class Prepared {
    private static final String BROKER = "localhost";

    private final KafkaSecurity security;
    private final Map<String, Path> keyStores;
    private final @Nullable Path trustStore;

    private Prepared(
        KafkaSecurity security, Map<String, Path> keyStores, @Nullable Path trustStore) {
      this.security = security;
      this.keyStores = keyStores;
      this.trustStore = trustStore;
    }

    String protocol() {
      return security.protocol();
    }

    boolean isPlaintext() {
      return security.isPlaintext();
    }

    /** The arguments of Kafka's storage formatter: the first SCRAM credentials. */
    List<String> scramCredentials() {
      if (security.authentication != Authentication.SCRAM) {
        return List.of();
      }
      List<String> credentials = new ArrayList<>();
      security.users.forEach(
          user ->
              credentials.add(
                  "SCRAM-SHA-512=[name="
                      + user
                      + ",password="
                      + password(user)
                      + ",iterations=4096]"));
      return credentials;
    }

    Map<String, String> serverProperties() {
      Map<String, String> properties = new HashMap<>();
      String prefix = BrokerSettings.CLIENT_PREFIX;
      if (trustStore != null) {
        putStore(properties, prefix + "ssl.keystore.", keyStores.get(BROKER));
        properties.put(prefix + "ssl.key.password", Keystores.PASSWORD);
        putStore(properties, prefix + "ssl.truststore.", trustStore);
      }
      switch (security.authentication) {
        case NONE -> {}
        case CERTIFICATE -> {
          properties.put(prefix + "ssl.client.auth", "required");
          properties.put(prefix + "ssl.principal.mapping.rules", "RULE:^CN=(.*?)$/$1/,DEFAULT");
        }
        case SCRAM -> {
          properties.put(prefix + "sasl.enabled.mechanisms", "SCRAM-SHA-512");
          properties.put(prefix + "scram-sha-512.sasl.jaas.config", SCRAM_MODULE + " required;");
        }
        case PLAIN -> {
          properties.put(prefix + "sasl.enabled.mechanisms", "PLAIN");
          properties.put(
              prefix + "plain.sasl.jaas.config",
              security.users.stream()
                  .map(user -> " user_" + user + "=\"" + password(user) + "\"")
                  .collect(Collectors.joining("", PLAIN_MODULE + " required", ";")));
        }
      }
      if (security.acls) {
        properties.putAll(AUTHORIZER);
      }
      return properties;
    }

    /** The settings of a controller: the same authorizer as the brokers'. */
    Map<String, String> controllerProperties() {
      return security.acls ? AUTHORIZER : Map.of();
    }

    Map<String, String> clientProperties() {
      return security.users.isEmpty() ? transport() : clientProperties(ADMIN);
    }

    Map<String, String> clientProperties(String user) {
      if (!security.users.contains(user)) {
        throw new IllegalArgumentException(
            "the cluster has no user \"" + user + "\"; it has " + security.users);
      }
      Map<String, String> properties = transport();
      String login = " required username=\"" + user + "\" password=\"" + password(user) + "\";";
      switch (security.authentication) {
        case NONE -> {}
        case CERTIFICATE -> {
          putStore(properties, "ssl.keystore.", keyStores.get(user));
          properties.put("ssl.key.password", Keystores.PASSWORD);
        }
        case SCRAM -> {
          properties.put("sasl.mechanism", "SCRAM-SHA-512");
          properties.put("sasl.jaas.config", SCRAM_MODULE + login);
        }
        case PLAIN -> {
          properties.put("sasl.mechanism", "PLAIN");
          properties.put("sasl.jaas.config", PLAIN_MODULE + login);
        }
      }
      return properties;
    }

    private Map<String, String> transport() {
      Map<String, String> properties = new HashMap<>();
      if (!isPlaintext()) {
        properties.put("security.protocol", protocol());
      }
      if (trustStore != null) {
        putStore(properties, "ssl.truststore.", trustStore);
      }
      return properties;
    }

    private static void putStore(
        Map<String, String> properties, String prefix, @Nullable Path store) {
      properties.put(prefix + "location", String.valueOf(store));
      properties.put(prefix + "password", Keystores.PASSWORD);
      properties.put(prefix + "type", "PKCS12");
    }

    private static String password(String user) {
      return user + "-secret";
    }

    private static final String SCRAM_MODULE =
        "org.apache.kafka.common.security.scram.ScramLoginModule";
    private static final String PLAIN_MODULE =
        "org.apache.kafka.common.security.plain.PlainLoginModule";

    /**
     * Nodes talk to each other unauthenticated, on listeners of their own: there the user ANONYMOUS
     * is a node.
     */
    private static final Map<String, String> AUTHORIZER =
        Map.of(
            "authorizer.class.name",
            "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users",
            "User:ANONYMOUS;User:" + ADMIN);
  }
}

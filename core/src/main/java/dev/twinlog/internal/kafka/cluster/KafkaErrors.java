package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.internal.kafka.cluster.ClusterContact.Step;
import dev.twinlog.spi.FencedException;
import dev.twinlog.spi.LinkFailedException;
import dev.twinlog.spi.PartitionFailedException;
import dev.twinlog.spi.RecordRefusedException;
import dev.twinlog.spi.ReplicationException;
import dev.twinlog.spi.RetriableException;
import dev.twinlog.spi.RouteFencedException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import javax.security.auth.login.LoginException;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.BrokerNotAvailableException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.InvalidTxnTimeoutException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionAbortableException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.errors.UnknownServerException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;

/**
 * Translates Kafka's exceptions into Twinlog's, in this one place. The type determines the
 * reaction; the message names the cluster, the failed operation, and what would help.
 *
 * <p>Refused credentials, certificates and permissions end the link only if the cluster has not
 * granted them before, see {@link ClusterContact}.
 *
 * <p>Thread-safe.
 */
public final class KafkaErrors {
  /** Errors that a broker returns again however often the request is retried. */
  private static final List<Class<? extends ApiException>> LASTING =
      List.of(
          InvalidConfigurationException.class,
          InvalidTopicException.class,
          InvalidTxnTimeoutException.class,
          PolicyViolationException.class,
          RecordTooLargeException.class);

  private static final int MOST_CAUSES = 20;

  private final String alias;
  private final ClusterContact contact;
  private final @Nullable ClientSettings settings;

  /** Creates errors for a cluster that has granted nothing so far. */
  public KafkaErrors(String alias) {
    this(alias, new ClusterContact(), null);
  }

  public KafkaErrors(ClientSettings settings) {
    this(settings.alias(), settings.contact(), settings);
  }

  private KafkaErrors(String alias, ClusterContact contact, @Nullable ClientSettings settings) {
    this.alias = alias;
    this.contact = contact;
    this.settings = settings;
  }

  /** Returns the name of the cluster in messages. */
  public String alias() {
    return alias;
  }

  /** A failure of something that the whole link needs. */
  public ReplicationException link(String doing, Throwable thrown) {
    return link(doing, null, thrown);
  }

  /**
   * A failure of something that the whole link needs.
   *
   * @param doing what was tried, in words
   * @param permission the required operation and resource, for example {@code "DESCRIBE on
   *     Cluster"}; null to use Kafka's own text
   */
  public ReplicationException link(String doing, @Nullable String permission, Throwable thrown) {
    Throwable cause = unwrap(thrown);
    if (cause instanceof TimeoutException) {
      return probed(doing, cause);
    }
    ReplicationException common = common(doing, cause);
    if (common != null) {
      return common;
    }
    if (cause instanceof AuthorizationException authorization) {
      return refused(Step.CONNECTED, missing(permission, authorization), cause);
    }
    // most broker errors are temporary; a client's own errors are not
    return cause instanceof ApiException && !isLasting(cause)
        ? new RetriableException(failed(doing, cause), cause)
        : refused(Step.CONNECTED, failed(doing, cause), cause);
  }

  /**
   * A failure of something that all routes need to be written.
   *
   * @param permission see {@link #link(String, String, Throwable)}
   */
  public ReplicationException writing(String doing, @Nullable String permission, Throwable thrown) {
    return unwrap(thrown) instanceof AuthorizationException authorization
        ? refused(Step.WRITABLE, missing(permission, authorization), authorization)
        : link(doing, permission, thrown);
  }

  /** Notes that routes can be written: from now on a refusal is retried. */
  public void writable() {
    contact.reached(Step.WRITABLE);
  }

  /** Returns a retriable exception if it was granted before, else one that ends the link. */
  private ReplicationException refused(Step before, String message, Throwable cause) {
    return contact.has(before)
        ? new RetriableException(message + " (it was granted before, so this is retried)", cause)
        : new LinkFailedException(message, cause);
  }

  private static boolean isLasting(Throwable cause) {
    // brokers that are down come back, though Kafka classifies this as a configuration error
    return !(cause instanceof InvalidReplicationFactorException)
        && LASTING.stream().anyMatch(type -> type.isInstance(cause));
  }

  /**
   * A failure of a client that can be replaced by a new one: only what the new one would fail with
   * as well stops the link.
   */
  public ReplicationException client(String doing, Throwable thrown) {
    Throwable cause = unwrap(thrown);
    ReplicationException common = common(doing, cause);
    if (common != null) {
      return common;
    }
    return cause instanceof AuthorizationException authorization
        ? refused(Step.WRITABLE, missing(null, authorization), cause)
        : new RetriableException(failed(doing, cause), cause);
  }

  /**
   * A failure that concerns one topic or partition; refused credentials, and what concerns the
   * whole cluster, still concern the link.
   *
   * @param doing what was tried, naming the topic or partition
   * @param permission see {@link #link(String, String, Throwable)}
   */
  public ReplicationException topic(String doing, @Nullable String permission, Throwable thrown) {
    Throwable cause = unwrap(thrown);
    ReplicationException common = common(doing, cause);
    if (common != null) {
      return common;
    }
    if (cause instanceof AuthorizationException authorization) {
      return new PartitionFailedException(missing(permission, authorization), cause);
    }
    if (cause instanceof PolicyViolationException) {
      return new PartitionFailedException(
          "%s refuses to %s by its own policy: %s".formatted(alias, doing, cause.getMessage()),
          cause);
    }
    return new PartitionFailedException(failed(doing, cause), cause);
  }

  /**
   * As {@link #topic}, for an answer that concerns one record.
   *
   * @param offset the record's offset at the source
   */
  public ReplicationException record(
      long offset, String doing, @Nullable String permission, Throwable thrown) {
    ReplicationException known = topic(doing, permission, thrown);
    Throwable cause = unwrap(thrown);
    boolean refused =
        cause instanceof InvalidRecordException || cause instanceof InvalidTimestampException;
    return refused && known instanceof PartitionFailedException
        ? new RecordRefusedException(offset, String.valueOf(known.getMessage()), cause)
        : known;
  }

  /**
   * As {@link #topic}, for calls of an admin client, on a thread that may block: if the cluster
   * does not answer, the cause is determined.
   */
  public ReplicationException call(String doing, @Nullable String permission, Throwable thrown) {
    Throwable cause = unwrap(thrown);
    return cause instanceof TimeoutException
        ? probed(doing, cause)
        : topic(doing, permission, cause);
  }

  /** A failure of something that only the owner of the link may do. */
  public ReplicationException owner(String link, String doing, Throwable thrown) {
    Throwable cause = unwrap(thrown);
    if (isFenced(cause)) {
      return new FencedException(
          "another instance took link %s over (seen on %s while trying to %s); this one has stopped"
              .formatted(link, alias, doing),
          cause);
    }
    String permission =
        cause instanceof TopicAuthorizationException refused
            ? "READ, WRITE and DESCRIBE on Topic " + topics(refused, "twinlog." + link + ".state")
            : "WRITE and DESCRIBE on TransactionalId twinlog." + link + ".owner";
    return link(doing, permission, thrown);
  }

  private static String topics(TopicAuthorizationException refused, String otherwise) {
    return refused.unauthorizedTopics().isEmpty()
        ? otherwise
        : String.join(", ", new TreeSet<>(refused.unauthorizedTopics()));
  }

  /** The transactional id of routes was initialized by another producer: their route is fenced. */
  public RouteFencedException routeFenced(String doing, Throwable thrown) {
    return new RouteFencedException(
        "another instance writes these routes (seen on %s while trying to %s)"
            .formatted(alias, doing),
        unwrap(thrown));
  }

  /**
   * A failure of the owner's transaction. If only the transaction is to be aborted, the next one
   * may succeed: where a cluster was unavailable for longer than every timeout, or a broker has
   * answered UNKNOWN_SERVER_ERROR, as a coordinator does that is just fencing the former owner, the
   * producer throws an exception without a type of its own.
   */
  public ReplicationException transaction(String link, String doing, Throwable thrown) {
    Throwable cause = unwrap(thrown);
    return cause instanceof TransactionAbortableException
            || cause.getClass() == KafkaException.class
        ? aborted(doing, cause)
        : owner(link, doing, thrown);
  }

  /** A transaction was aborted, and the next one may succeed. */
  public ReplicationException aborted(String doing, Throwable thrown) {
    return new RetriableException(failed(doing, unwrap(thrown)), unwrap(thrown));
  }

  /** Whether a producer with the same transactional id, or its coordinator, has fenced this one. */
  public static boolean isFenced(Throwable cause) {
    return cause instanceof ProducerFencedException
        || cause instanceof InvalidProducerEpochException;
  }

  /**
   * Whether a client was refused and a new one may be accepted, since it reads the key and trust
   * stores again, or asks the config providers.
   */
  public boolean isOutdated(Throwable cause) {
    return cause instanceof SslAuthenticationException
        || (cause instanceof AuthenticationException
            && settings != null
            && settings.mayFindOtherCredentials());
  }

  /** Returns the exception behind the wrappers of futures. */
  public static Throwable unwrap(Throwable thrown) {
    Throwable cause = thrown;
    while ((cause instanceof ExecutionException || cause instanceof CompletionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    // the constructor of a client wraps exceptions
    if (cause.getClass() == KafkaException.class && cause.getCause() instanceof KafkaException) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** Returns the type and the message of the innermost cause. */
  public static String innermost(Throwable thrown) {
    Throwable cause = thrown;
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = cause.getCause();
    }
    return cause.getClass().getSimpleName() + ": " + cause.getMessage();
  }

  /**
   * Whether the admin client was closed during the call, as by a former link of the same builder
   * that takes long to close: the next call makes another client.
   */
  private static boolean isClosing(Throwable cause) {
    return cause instanceof IllegalStateException
        && String.valueOf(cause.getMessage()).contains("AdminClient");
  }

  private @Nullable ReplicationException common(String doing, Throwable cause) {
    if (cause instanceof ReplicationException known) {
      return known;
    }
    if (isOutdated(cause)) {
      contact.mayBeOutdated();
    }
    if (cause instanceof SslAuthenticationException) {
      return refused(
          Step.ANSWERED,
          "no TLS connection to %s: %s; check its certificate, ssl.truststore and host name"
              .formatted(alias, cause.getMessage()),
          cause);
    }
    if (cause instanceof AuthenticationException) {
      return refused(
          Step.ANSWERED,
          "%s refuses the credentials: %s; check sasl.* and security.protocol"
              .formatted(alias, reason(cause)),
          cause);
    }
    if (isLogin(cause)) {
      return refused(
          Step.CONNECTED,
          "no login at %s: %s; check sasl.jaas.config and the keytab or token server that it uses"
              .formatted(alias, reason(cause)),
          cause);
    }
    if (cause instanceof ConfigException) {
      // build() can't check one setting: whether the address resolves now
      return unresolved(cause)
          ? new RetriableException(unreachable(doing, cause), cause)
          : refused(Step.CONNECTED, failed(doing, cause), cause);
    }
    if (cause instanceof TimeoutException || cause instanceof InterruptException) {
      return new RetriableException(unreachable(doing, cause), cause);
    }
    if (isClosing(cause)) {
      return new RetriableException(failed(doing, cause), cause);
    }
    if (cause instanceof org.apache.kafka.common.errors.RetriableException
        || cause instanceof InvalidReplicationFactorException // brokers are away, and come back
        || cause instanceof OutOfOrderSequenceException
        || cause instanceof UnknownServerException
        || cause instanceof BrokerNotAvailableException
        || isFenced(cause)) {
      return new RetriableException(failed(doing, cause), cause);
    }
    if (cause instanceof ClusterAuthorizationException authorization) {
      return refused(Step.WRITABLE, missing(null, authorization), cause);
    }
    if (cause instanceof UnsupportedVersionException) {
      return new LinkFailedException(
          "%s is too old to %s: %s".formatted(alias, doing, cause.getMessage()), cause);
    }
    return null;
  }

  /** Whether a client could not be created since it found no credentials to show. */
  private static boolean isLogin(Throwable cause) {
    Throwable inner = cause;
    for (int depth = 0; depth < MOST_CAUSES && inner != null; depth++) {
      if (inner instanceof LoginException) {
        return true;
      }
      inner = inner.getCause();
    }
    return false;
  }

  private static boolean unresolved(Throwable cause) {
    return cause.getMessage() != null
        && cause.getMessage().contains(ClientProperties.BOOTSTRAP_SERVERS);
  }

  private RetriableException probed(String doing, Throwable cause) {
    String found = settings == null ? "" : " (" + settings.probe().look(settings) + ")";
    return new RetriableException(unreachable(doing, cause) + found, cause);
  }

  private String unreachable(String doing, Throwable cause) {
    return "%s can't be reached to %s: %s; check its address and the network between"
        .formatted(alias, doing, cause.getMessage());
  }

  private String failed(String doing, Throwable cause) {
    return "%s failed to %s: %s".formatted(alias, doing, reason(cause));
  }

  /**
   * Returns an exception's message with those of its causes: if a client could not be created only
   * the causes explain it. Messages with a password are left out.
   */
  private static String reason(Throwable cause) {
    StringBuilder all = new StringBuilder(text(cause));
    Throwable inner = cause.getCause();
    for (int depth = 0; depth < MOST_CAUSES && inner != null; depth++) {
      String text = text(inner);
      if (all.indexOf(text) < 0) {
        all.append(": ").append(text);
      }
      inner = inner.getCause();
    }
    // the JDK's message about a store that it can't open is only about its bytes
    boolean store = all.indexOf("UnrecoverableKeyException") >= 0;
    return store ? all + " (is the password of the store right?)" : all.toString();
  }

  private static String text(Throwable cause) {
    String text = cause.getMessage();
    if (text == null) {
      return cause.getClass().getSimpleName();
    }
    // the message of a login that failed has the stack trace of its cause in it
    text = text.split("\\R\\s+at ", 2)[0];
    if (text.toLowerCase(Locale.ROOT).contains("password=")) {
      return cause.getClass().getSimpleName()
          + " (its message contains a password and is left out)";
    }
    return text;
  }

  private String missing(@Nullable String permission, AuthorizationException cause) {
    return "missing permission on %s: %s"
        .formatted(alias, permission == null ? named(cause) : permission);
  }

  private static String named(AuthorizationException cause) {
    if (cause instanceof TopicAuthorizationException topics) {
      Set<String> names = new TreeSet<>(topics.unauthorizedTopics());
      return "Topic " + String.join(", ", names);
    }
    if (cause instanceof TransactionalIdAuthorizationException) {
      return "WRITE and DESCRIBE on the link's TransactionalId";
    }
    return cause instanceof ClusterAuthorizationException
        ? "Cluster (" + cause.getMessage() + ")"
        : String.valueOf(cause.getMessage());
  }
}

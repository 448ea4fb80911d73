package dev.twinlog.internal.kafka.cluster;

import dev.twinlog.spi.RetriableException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.jspecify.annotations.Nullable;

/**
 * An admin client that is made when it is first needed; after {@link #close()} a later call makes a
 * new one, after {@link #closeForGood()} it is refused. Thread-safe.
 */
public final class LazyAdmin implements AutoCloseable {
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  private final ClientSettings settings;
  private final KafkaErrors errors;
  private final String role;
  private @Nullable Admin admin;
  private int tlsFailures;
  private volatile boolean closedForGood;

  public LazyAdmin(ClientSettings settings) {
    this.settings = settings;
    this.errors = new KafkaErrors(settings);
    // several links of one JVM may use the same cluster: their clients must not share an id
    int suffix = ThreadLocalRandom.current().nextInt(1 << 24);
    this.role = "admin-%s-%06x".formatted(settings.alias(), suffix);
  }

  /** The client. Making it resolves the bootstrap addresses, but connects to nothing. */
  public synchronized Admin get() {
    requireOpen();
    int failures = settings.contact().tlsFailures();
    if (admin != null && failures != tlsFailures) {
      close(); // another one reads the key and trust stores again
    }
    Admin current = admin;
    if (current == null) {
      tlsFailures = failures;
      try {
        current = Admin.create(settings.admin(role));
      } catch (RuntimeException e) {
        throw errors.link("connect", e);
      }
      admin = current;
    }
    return current;
  }

  /**
   * A consumer for one question; to be closed by whoever asked.
   *
   * @param role what its client id tells of it; a random suffix tells it from others
   * @param own what it is set to besides, which counts more than what a user says of consumers
   */
  public Consumer<byte[], byte[]> consumer(String role, Map<String, Object> own) {
    requireOpen();
    int suffix = ThreadLocalRandom.current().nextInt();
    Map<String, Object> config =
        settings.consumer("%s-%08x".formatted(role, suffix), settings.boundedCalls());
    config.putAll(own);
    try {
      return new KafkaConsumer<>(config);
    } catch (RuntimeException e) {
      throw errors.link("open a consumer", e);
    }
  }

  /**
   * Does nothing until it is closed for good.
   *
   * @throws RetriableException after that
   */
  public void requireOpen() {
    if (closedForGood) {
      throw new RetriableException("the connection to " + settings.alias() + " is closed");
    }
  }

  /**
   * How often a TLS handshake with the cluster has failed: a client that was made before the last
   * one may know former certificates only.
   */
  public int tlsFailures() {
    return settings.contact().tlsFailures();
  }

  public KafkaErrors errors() {
    return errors;
  }

  public ClientSettings settings() {
    return settings;
  }

  /** The cluster's own id. */
  public String clusterId() {
    try {
      String id = AdminResults.get(get().describeCluster().clusterId());
      settings.contact().reached(ClusterContact.Step.ANSWERED);
      return id;
    } catch (RuntimeException e) {
      throw errors.link("describe the cluster", e);
    }
  }

  /** Closes it, and lets nothing connect any more. */
  public void closeForGood() {
    synchronized (this) {
      closedForGood = true;
    }
    close();
  }

  @Override
  public void close() {
    Admin current;
    synchronized (this) {
      current = admin;
      admin = null;
    }
    if (current != null) {
      current.close(CLOSE_TIMEOUT);
    }
  }
}

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
 * An admin client that is created when it is first needed; after {@link #close()} a later call
 * creates a new one, after {@link #closeForGood()} it fails. Thread-safe.
 */
public final class LazyAdmin implements AutoCloseable {
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  private final ClientSettings settings;
  private final KafkaErrors errors;
  private final String role;
  private @Nullable Admin admin;
  private int outdated;
  private volatile boolean closedForGood;

  public LazyAdmin(ClientSettings settings) {
    this.settings = settings;
    this.errors = new KafkaErrors(settings);
    // several links of one JVM may use the same cluster, with different client ids
    int suffix = ThreadLocalRandom.current().nextInt(1 << 24);
    this.role = "admin-%s-%06x".formatted(settings.alias(), suffix);
  }

  /** Returns the client. Creating it resolves the bootstrap addresses, but connects to nothing. */
  public synchronized Admin get() {
    requireOpen();
    int refusals = settings.contact().outdated();
    if (admin != null && refusals != outdated) {
      close(); // a new client reads the key and trust stores again, and asks the config providers
    }
    Admin current = admin;
    if (current == null) {
      outdated = refusals;
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
   * Opens a consumer for one query; the caller closes it.
   *
   * @param role the part of its client id that describes it; a random suffix makes it unique
   * @param own its config, which takes precedence over the user's consumer properties
   */
  public Consumer<byte[], byte[]> consumer(String role, Map<String, Object> own) {
    requireOpen();
    int suffix = ThreadLocalRandom.current().nextInt();
    try {
      Map<String, Object> config =
          settings.consumer("%s-%08x".formatted(role, suffix), settings.boundedCalls());
      config.putAll(own);
      return new KafkaConsumer<>(config);
    } catch (RuntimeException e) {
      throw errors.link("open a consumer", e);
    }
  }

  /**
   * Does nothing until it is permanently closed.
   *
   * @throws RetriableException after that
   */
  public void requireOpen() {
    if (closedForGood) {
      throw new RetriableException("the connection to " + settings.alias() + " is closed");
    }
  }

  /**
   * Returns how often the cluster has refused what may have been replaced since, certificates and
   * credentials: a client that was created before the last time may use outdated ones.
   */
  public int outdated() {
    return settings.contact().outdated();
  }

  public KafkaErrors errors() {
    return errors;
  }

  public ClientSettings settings() {
    return settings;
  }

  /** Returns the cluster's id. */
  public String clusterId() {
    try {
      String id = AdminResults.get(get().describeCluster().clusterId());
      settings.contact().reached(ClusterContact.Step.ANSWERED);
      return id;
    } catch (RuntimeException e) {
      throw errors.link("describe the cluster", e);
    }
  }

  /** Closes it permanently: later calls fail. */
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

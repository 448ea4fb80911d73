package dev.twinlog.internal.kafka.wire.net;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.config.ConfigException;

/**
 * The settings of connections, read from Kafka's client properties. Times in nanoseconds.
 *
 * @param config for what Kafka's own classes read themselves, such as TLS and SASL
 * @param connectNanos how long the first connection attempt may take
 * @param connectMaxNanos the longest time of an attempt after many failures
 * @param reconnectNanos the first backoff after a failed connection
 * @param reconnectMaxNanos the longest backoff
 * @param retryNanos the first backoff after a request that failed
 * @param retryMaxNanos the longest backoff
 * @param metadataNanos {@code metadata.max.age.ms}
 */
public record NetSettings(
    AdminClientConfig config,
    String clientId,
    List<Broker> bootstrap,
    long requestNanos,
    long connectNanos,
    long connectMaxNanos,
    long reconnectNanos,
    long reconnectMaxNanos,
    long retryNanos,
    long retryMaxNanos,
    long metadataNanos,
    int sendBuffer,
    int receiveBuffer) {

  private static final Pattern ADDRESS =
      Pattern.compile("(?:[A-Z_]+://)?\\[?([0-9a-zA-Z\\-%._:]*)\\]?:([0-9]+)");

  /** Reads client properties, as {@code ClientSettings} composes them. */
  public static NetSettings of(Map<String, Object> properties) {
    return of(new AdminClientConfig(properties));
  }

  /** Reads client properties without logging them, for connections that are created often. */
  public static NetSettings unlogged(Map<String, Object> properties) {
    return of(new UnloggedConfig(properties));
  }

  /** Whether credentials come from config providers, so that they may change. */
  boolean hasProviders() {
    return config.originals().containsKey("config.providers");
  }

  private static final class UnloggedConfig extends AdminClientConfig {
    UnloggedConfig(Map<String, Object> properties) {
      super(properties, false);
    }
  }

  private static NetSettings of(AdminClientConfig config) {
    return new NetSettings(
        config,
        config.getString(AdminClientConfig.CLIENT_ID_CONFIG),
        bootstrap(config.getList(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG)),
        nanos(config.getInt(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG)),
        nanos(config.getLong(AdminClientConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MS_CONFIG)),
        nanos(config.getLong(AdminClientConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS_CONFIG)),
        nanos(config.getLong(AdminClientConfig.RECONNECT_BACKOFF_MS_CONFIG)),
        nanos(config.getLong(AdminClientConfig.RECONNECT_BACKOFF_MAX_MS_CONFIG)),
        nanos(config.getLong(AdminClientConfig.RETRY_BACKOFF_MS_CONFIG)),
        nanos(config.getLong(AdminClientConfig.RETRY_BACKOFF_MAX_MS_CONFIG)),
        nanos(config.getLong(AdminClientConfig.METADATA_MAX_AGE_CONFIG)),
        config.getInt(AdminClientConfig.SEND_BUFFER_CONFIG),
        config.getInt(AdminClientConfig.RECEIVE_BUFFER_CONFIG));
  }

  private static List<Broker> bootstrap(List<String> addresses) {
    List<Broker> brokers = new ArrayList<>();
    for (String address : addresses) {
      Matcher matcher = ADDRESS.matcher(address.trim());
      if (!matcher.matches()) {
        throw new ConfigException(
            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, address, "not host:port");
      }
      int id = -1 - brokers.size();
      brokers.add(new Broker(id, matcher.group(1), Integer.parseInt(matcher.group(2))));
    }
    return List.copyOf(brokers);
  }

  private static long nanos(Number millis) {
    return Duration.ofMillis(millis.longValue()).toNanos();
  }
}

package dev.twinlog.testkit.internal.kafka;

import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Builds the properties of the testkit's brokers and controllers: small, quick, on the loopback
 * interface only.
 */
public final class BrokerSettings {
  /** The listener for clients. */
  public static final String CLIENT = "CLIENT";

  /**
   * A second listener for the clients that connect over a network link; as {@link #CLIENT} with
   * other ports.
   */
  public static final String FAR = "FAR";

  /** The listener between brokers, used where clients have to authenticate. Always plaintext. */
  public static final String INTERNAL = "INTERNAL";

  /** The listener of the controller. Always plaintext. */
  public static final String CONTROLLER = "CONTROLLER";

  /** The prefix of a setting of the clients' listener. */
  public static final String CLIENT_PREFIX = "listener.name.client.";

  private static final String FAR_PREFIX = "listener.name.far.";

  /** The node id of the controller; brokers count from 0. */
  public static final int CONTROLLER_ID = 3000;

  private static final int MAX_REPLICATION = 3;

  private BrokerSettings() {}

  /**
   * The settings that all nodes of a cluster with this number of brokers share: quick and small,
   * for tests.
   */
  public static Map<String, String> forTests(int brokers) {
    String replication = Integer.toString(Math.min(MAX_REPLICATION, brokers));
    Map<String, String> settings = new HashMap<>();
    settings.put("auto.create.topics.enable", "false");
    settings.put("offsets.topic.replication.factor", replication);
    settings.put("offsets.topic.num.partitions", "5");
    settings.put("transaction.state.log.replication.factor", replication);
    settings.put("transaction.state.log.min.isr", "1");
    settings.put("transaction.state.log.num.partitions", "5");
    settings.put("share.coordinator.state.topic.replication.factor", replication);
    settings.put("share.coordinator.state.topic.min.isr", "1");
    settings.put("share.coordinator.state.topic.num.partitions", "3");
    settings.put("group.initial.rebalance.delay.ms", "0");
    // With Kafka's default the first retention check, after 30 s, deletes records that a test gave
    // an old timestamp.
    settings.put("log.retention.ms", "-1");
    settings.put("log.cleaner.dedupe.buffer.size", "2097152");
    settings.put("log.cleaner.threads", "1");
    settings.put("broker.heartbeat.interval.ms", "200");
    // With Kafka's default the controller writes an empty record twice a second, and every broker
    // applies it.
    settings.put("metadata.max.idle.interval.ms", "10000");
    settings.put("num.network.threads", "2");
    settings.put("num.io.threads", "2");
    settings.put("background.threads", "2");
    settings.put("num.recovery.threads.per.data.dir", "1");
    return settings;
  }

  /** The additional settings of the node with the controller: where Kafka reads them. */
  public static Map<String, String> forControllersInTests(int brokers) {
    return Map.of(
        "default.replication.factor", Integer.toString(Math.min(MAX_REPLICATION, brokers)));
  }

  /** The settings of the one controller. */
  public static Map<String, String> controller(LoopbackPort port, Path directory) {
    Map<String, String> settings = new HashMap<>();
    settings.put("process.roles", "controller");
    settings.put("node.id", Integer.toString(CONTROLLER_ID));
    settings.put("listeners", CONTROLLER + "://" + port.address());
    settings.put("listener.security.protocol.map", CONTROLLER + ":PLAINTEXT");
    settings.put("controller.listener.names", CONTROLLER);
    settings.put("controller.quorum.voters", CONTROLLER_ID + "@" + port.address());
    settings.put("log.dirs", directory.toString());
    return settings;
  }

  /** The settings of a broker, which is also the controller if its id is that of the voter. */
  public static Map<String, String> broker(
      int nodeId, Map<String, LoopbackPort> listeners, String clientProtocol, Path directory) {
    Map<String, String> settings = new HashMap<>();
    settings.put(
        "process.roles", listeners.containsKey(CONTROLLER) ? "broker,controller" : "broker");
    settings.put("node.id", Integer.toString(nodeId));
    settings.put("listeners", urls(listeners, List.of(CLIENT, FAR, INTERNAL, CONTROLLER)));
    settings.put("advertised.listeners", urls(listeners, List.of(CLIENT, INTERNAL)));
    settings.put(
        "listener.security.protocol.map",
        Stream.of(
                CLIENT + ":" + clientProtocol,
                FAR + ":" + clientProtocol,
                INTERNAL + ":PLAINTEXT",
                CONTROLLER + ":PLAINTEXT")
            .collect(Collectors.joining(",")));
    settings.put("inter.broker.listener.name", listeners.containsKey(INTERNAL) ? INTERNAL : CLIENT);
    settings.put("controller.listener.names", CONTROLLER);
    settings.put("log.dirs", directory.toString());
    return settings;
  }

  /**
   * Lets a broker advertise an address at its listener {@link #FAR}, with the security settings of
   * {@link #CLIENT}.
   *
   * @param settings all settings of the broker, changed in place
   * @param advertised the address, as host and port
   */
  public static void advertiseFar(Map<String, String> settings, String advertised) {
    settings.merge(
        "advertised.listeners", FAR + "://" + advertised, (near, far) -> near + "," + far);
    Map<String, String> far = new HashMap<>();
    settings.forEach(
        (key, value) -> {
          if (key.startsWith(CLIENT_PREFIX)) {
            far.put(FAR_PREFIX + key.substring(CLIENT_PREFIX.length()), value);
          }
        });
    settings.putAll(far);
  }

  /** The addresses of brokers as a client's {@code bootstrap.servers}. */
  public static String bootstrapServers(Collection<LoopbackPort> clientPorts) {
    return clientPorts.stream().map(LoopbackPort::address).collect(Collectors.joining(","));
  }

  private static String urls(Map<String, LoopbackPort> listeners, List<String> names) {
    return names.stream()
        .filter(listeners::containsKey)
        .map(name -> name + "://" + Objects.requireNonNull(listeners.get(name)).address())
        .collect(Collectors.joining(","));
  }
}

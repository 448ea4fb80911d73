package dev.twinlog.internal.kafka.wire;

import dev.twinlog.internal.kafka.cluster.AdminResults;
import dev.twinlog.internal.kafka.cluster.LazyAdmin;
import dev.twinlog.internal.kafka.wire.ledger.session.TargetTimes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthorizationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks a cluster's brokers how long they remember. Confined to the control thread; waits. */
final class BrokerTimes {
  private static final Logger LOG = LoggerFactory.getLogger(BrokerTimes.class);

  private final LazyAdmin admin;

  BrokerTimes(LazyAdmin admin) {
    this.admin = admin;
  }

  /** The least of what the brokers say, of those that answer. */
  TargetTimes read() {
    try {
      Collection<Node> brokers = AdminResults.get(admin.get().describeCluster().nodes());
      List<ConfigResource> resources =
          brokers.stream()
              .map(node -> new ConfigResource(ConfigResource.Type.BROKER, node.idString()))
              .toList();
      TargetTimes times = least(admin.get().describeConfigs(resources).values());
      if (times.memoryMs() < TargetTimes.LEAST_MEMORY_MS) {
        LOG.warn(
            "{}: producer.id.expiration.ms is {} ms on a broker: less than {} ms may be too short to reject what a former instance of the link sent late, and records may then be in the target twice; raise it, Kafka's default is {} ms",
            admin.errors().alias(),
            times.memoryMs(),
            TargetTimes.LEAST_MEMORY_MS,
            TargetTimes.DEFAULTS.memoryMs());
      }
      return times;
    } catch (RuntimeException e) {
      throw admin.errors().link("describe the cluster", e);
    }
  }

  private TargetTimes least(Map<ConfigResource, KafkaFuture<Config>> answers) {
    List<TargetTimes> told = new ArrayList<>();
    RuntimeException trouble = null;
    for (KafkaFuture<Config> answer : answers.values()) {
      try {
        told.add(times(AdminResults.get(answer)));
      } catch (AuthorizationException e) {
        LOG.info(
            "{}: producer.id.expiration.ms can't be read and is assumed to be {} ms: DESCRIBE_CONFIGS on Cluster is missing",
            admin.errors().alias(),
            TargetTimes.DEFAULTS.memoryMs());
        return TargetTimes.DEFAULTS;
      } catch (RuntimeException e) {
        trouble = e;
      }
    }
    if (told.isEmpty() && trouble != null) {
      throw trouble;
    }
    return told.isEmpty()
        ? TargetTimes.DEFAULTS
        : new TargetTimes(
            min(told, TargetTimes::memoryMs),
            min(told, TargetTimes::identityMs),
            (int) min(told, TargetTimes::transactionMs),
            true);
  }

  private static long min(List<TargetTimes> told, ToLongFunction<TargetTimes> time) {
    return told.stream().mapToLong(time).min().orElseThrow();
  }

  private static TargetTimes times(Config config) {
    TargetTimes defaults = TargetTimes.DEFAULTS;
    return new TargetTimes(
        number(config, "producer.id.expiration.ms", defaults.memoryMs()),
        number(config, "transactional.id.expiration.ms", defaults.identityMs()),
        (int) number(config, "transaction.max.timeout.ms", defaults.transactionMs()),
        true);
  }

  private static long number(Config config, String name, long otherwise) {
    ConfigEntry entry = config.get(name);
    String value = entry == null ? null : entry.value();
    return value == null ? otherwise : Long.parseLong(value);
  }
}

package dev.twinlog.testkit.drill;

import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The consumers of a group, which the drill starts in one region after the other: those of the
 * user's service, or {@link #polling()}.
 *
 * <p>Called by one thread at a time.
 */
@FunctionalInterface
public interface DrillConsumers {
  /**
   * Starts the group's consumers, and returns. They begin where the group's commits stand, and at
   * the beginning of the log where there are none.
   *
   * @param group the group's id
   * @param clientProperties how they connect
   * @param topics what they read
   * @param processed takes each record when the service has processed it, from any thread
   * @return ends them: they commit what they have processed if the cluster can be reached, and
   *     never wait for long if it can't
   */
  AutoCloseable start(
      String group,
      Map<String, String> clientProperties,
      Set<String> topics,
      Consumer<ConsumerRecord<byte[], byte[]>> processed);

  /** One consumer, which commits after each poll, and reads committed records only. */
  static DrillConsumers polling() {
    return PollingConsumer::start;
  }
}

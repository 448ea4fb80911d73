package dev.twinlog.testkit.contract;

import dev.twinlog.testkit.SinkFixture;
import org.apache.kafka.common.TopicPartition;

/** A {@link SinkFixture} whose target can lose records, for {@link RecoverableSinkLossContract}. */
public interface LossySinkFixture extends SinkFixture {

  /**
   * Truncates the target to an offset and loses what was at and after it, as an unclean leader
   * election does.
   */
  void loseTail(TopicPartition target, long offset);
}

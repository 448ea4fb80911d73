package dev.twinlog.testkit;

import org.apache.kafka.common.TopicPartition;

/** What {@link RecoverableSinkLossContract} needs beyond {@link SinkFixture}. */
public interface LossySinkFixture extends SinkFixture {

  /** Loses what lies at and after a target offset, as an unclean leader election does. */
  void loseTail(TopicPartition target, long offset);
}

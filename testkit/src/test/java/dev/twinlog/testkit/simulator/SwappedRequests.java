package dev.twinlog.testkit.simulator;

import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.net.Request;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.DisconnectException;

/**
 * Tells a writer of some requests that they are lost while they are on their way, so that it sends
 * again what is still to be done.
 */
final class SwappedRequests extends WrappedCluster {
  private int produced;

  SwappedRequests(Cluster cluster) {
    super(cluster);
  }

  @Override
  public void send(Broker broker, Request request) {
    if (request.api() != Api.PRODUCE || ++produced % 3 != 0) {
      super.send(broker, request);
      return;
    }
    super.send(
        broker,
        new Request(
            request.api(),
            request.version(),
            request.body(),
            new Request.Answer() {
              @Override
              public void answered(dev.twinlog.internal.kafka.wire.net.Received received) {
                // was given up
              }

              @Override
              public void lost(KafkaException cause) {
                // was given up
              }
            }));
    request.answer().lost(new DisconnectException("given up"));
  }
}

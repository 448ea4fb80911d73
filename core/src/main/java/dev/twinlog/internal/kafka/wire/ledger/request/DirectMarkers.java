package dev.twinlog.internal.kafka.wire.ledger.request;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import dev.twinlog.internal.kafka.wire.message.WriteTxnMarkers;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import java.util.List;
import org.apache.kafka.common.protocol.Errors;

/**
 * Fences producer ids that have no coordinator any more, with abort markers sent directly to the
 * leader. This needs a permission that a link need not have (ALTER on Cluster).
 */
public final class DirectMarkers extends LeaderRequests<DirectMarkers.Marker> {
  /** The highest epoch: these producer ids are never used again. */
  static final short EPOCH = Short.MAX_VALUE;

  private static final int MOST_IN_FLIGHT = 5;

  /** Receives the result. */
  public interface ResponseHandler {
    /** The marker is in the log, though perhaps not yet below the high watermark. */
    void written();

    void forbidden();
  }

  public static final class Marker extends LeaderRequests.ToLeader {
    private final long producerId;
    private final ResponseHandler then;

    public Marker(RecoveryTask task, long producerId, ResponseHandler then) {
      super(task);
      this.producerId = producerId;
      this.then = then;
    }
  }

  public DirectMarkers(Cluster cluster, Timers timers, KafkaErrors errors) {
    super(cluster, timers, errors, Api.WRITE_TXN_MARKERS, MOST_IN_FLIGHT);
  }

  @Override
  boolean mustWait(Marker request, List<Marker> picked) {
    return false;
  }

  @Override
  int mostAtOnce() {
    return 1;
  }

  @Override
  MessageWriter body(List<Marker> batch) {
    Marker marker = batch.get(0);
    return WriteTxnMarkers.request(marker.producerId, EPOCH, marker.partition());
  }

  @Override
  void answered(Broker broker, List<Marker> batch, MessageReader in) {
    Marker marker = batch.get(0);
    Errors error = Errors.forCode(WriteTxnMarkers.read(in).error());
    if (!marker.isWanted()) {
      return;
    }
    switch (error) {
      case NONE -> {
        marker.task().progressed();
        marker.then.written();
      }
      case CLUSTER_AUTHORIZATION_FAILED -> marker.then.forbidden();
      default -> refused(marker, error, "write a marker to", "WRITE");
    }
  }
}

package dev.twinlog.internal.kafka.wire.ledger.request;

import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.wire.message.Api;
import dev.twinlog.internal.kafka.wire.message.FetchRequest;
import dev.twinlog.internal.kafka.wire.message.FetchResponse;
import dev.twinlog.internal.kafka.wire.message.MessageReader;
import dev.twinlog.internal.kafka.wire.message.MessageWriter;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.net.Cluster;
import dev.twinlog.internal.kafka.wire.net.Leader;
import dev.twinlog.spi.ReplicationException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/**
 * Fetches from many partitions in one request, up to their high watermarks, without a fetch session
 * since each is read once or twice only. No fetch waits at the broker, where it would delay the
 * requests behind it.
 */
public final class LogReads extends LeaderRequests<LogReads.Read> {
  private static final int MOST_AT_ONCE = 250;
  private static final int MOST_IN_FLIGHT = 1;
  private static final int ANSWER_BYTES = 8 << 20;

  /** Receives what was read. */
  public interface Reader {
    /**
     * Whole batches, and perhaps an incomplete last one, beginning with the batch that holds the
     * offset or the first one behind it. Empty if the offset is the high watermark.
     */
    void read(ByteBuffer records);

    /** The log starts after the offset, or ends before it. */
    void outOfRange();
  }

  public static final class Read extends LeaderRequests.ToLeader {
    private final Uuid topicId;
    private final long offset;
    private final int mostBytes;
    private final Reader then;

    public Read(RecoveryTask task, Uuid topicId, long offset, int mostBytes, Reader then) {
      super(task);
      this.topicId = topicId;
      this.offset = offset;
      this.mostBytes = mostBytes;
      this.then = then;
    }
  }

  public LogReads(Cluster cluster, Timers timers, KafkaErrors errors) {
    super(cluster, timers, errors, Api.FETCH, MOST_IN_FLIGHT);
  }

  /** A fetch contains a partition only once. */
  @Override
  boolean mustWait(Read read, List<Read> picked) {
    return picked.stream().anyMatch(other -> other.partition().equals(read.partition()));
  }

  @Override
  boolean mayAsk(Read read, Leader leader) {
    boolean same = leader.topicId().equals(read.topicId);
    if (!same) {
      read.task().restart("target topic %s was recreated".formatted(read.partition().topic()));
    }
    return same;
  }

  @Override
  int mostAtOnce() {
    return MOST_AT_ONCE;
  }

  @Override
  MessageWriter body(List<Read> batch) {
    Map<Uuid, List<FetchRequest.Wanted>> wanted = new LinkedHashMap<>();
    for (Read read : batch) {
      wanted
          .computeIfAbsent(read.topicId, id -> new ArrayList<>())
          .add(
              new FetchRequest.Wanted(
                  read.partition().partition(),
                  read.leader().epoch(),
                  read.offset,
                  -1,
                  read.mostBytes));
    }
    return new FetchRequest(0, 0, ANSWER_BYTES, false, 0, -1).write(wanted, Map.of());
  }

  @Override
  void answered(Broker broker, List<Read> batch, MessageReader in) {
    FetchResponse response = FetchResponse.read(in);
    cluster().throttle(broker, response.throttleMs());
    Errors whole = Errors.forCode(response.error());
    Map<Uuid, Map<Integer, FetchResponse.Partition>> byTopic = new HashMap<>();
    for (FetchResponse.Partition partition : response.partitions()) {
      byTopic
          .computeIfAbsent(partition.topicId(), id -> new HashMap<>())
          .put(partition.index(), partition);
    }
    for (Read read : batch) {
      FetchResponse.Partition answer =
          byTopic.getOrDefault(read.topicId, Map.of()).get(read.partition().partition());
      if (read.isWanted()) {
        take(read, whole, answer, read == batch.get(0));
      }
    }
  }

  private void take(
      Read read, Errors whole, FetchResponse.@Nullable Partition answer, boolean first) {
    Errors error = whole;
    if (whole == Errors.NONE) {
      error = answer == null ? Errors.UNKNOWN_SERVER_ERROR : Errors.forCode(answer.error());
    }
    if (error == Errors.OFFSET_OUT_OF_RANGE) {
      read.task().progressed();
      read.then.outOfRange();
    } else if (answer == null || error != Errors.NONE) {
      refused(read, error, "read", "READ");
    } else if (!answer.records().hasRemaining() && answer.highWatermark() > read.offset) {
      if (first) {
        read.task()
            .retry(
                "%s did not return the batch that %s holds at offset %d"
                    .formatted(read.leader().broker(), read.partition(), read.offset),
                () -> submit(read));
      } else {
        // the response was full; the first partition of a fetch is returned whatever its size
        enqueue(read.leader().broker(), read, true);
      }
    } else {
      try {
        read.then.read(answer.records());
      } catch (ReplicationException e) {
        read.task().fail(e);
      }
    }
  }
}

package dev.twinlog.benchmarks.versus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;

/**
 * The main class of {@link RelayContender}: copies a topic until the process is killed.
 *
 * <p>The next fetch is under way while the batches of the former one are sent, since where it
 * begins is known as soon as an answer is there.
 */
final class RelayMain {
  private final RawConnection source;
  private final RawConnection target;
  private final String topic;
  private final long[] next;
  private final int inFlight;
  private final int fetchBytes;
  private final List<Queue<ByteBuffer>> batches = new ArrayList<>();
  private int unanswered;

  private RelayMain(
      RawConnection source,
      RawConnection target,
      String topic,
      int partitions,
      int inFlight,
      int fetchBytes) {
    this.source = source;
    this.target = target;
    this.topic = topic;
    this.next = new long[partitions];
    this.inFlight = inFlight;
    this.fetchBytes = fetchBytes;
    for (int partition = 0; partition < partitions; partition++) {
      batches.add(new ArrayDeque<>());
    }
  }

  /**
   * Copies a topic.
   *
   * @param args the two addresses, the topic, its partitions, the produce requests in flight, the
   *     bytes of a fetch
   */
  public static void main(String[] args) throws IOException {
    int fetchBytes = Integer.parseInt(args[5]);
    // An answer may be longer by one batch than was asked for.
    try (RawConnection source = RawConnection.to(args[0], 2 * fetchBytes);
        RawConnection target = RawConnection.to(args[1], 1 << 20)) {
      new RelayMain(
              source,
              target,
              args[2],
              Integer.parseInt(args[3]),
              Integer.parseInt(args[4]),
              fetchBytes)
          .run();
    }
  }

  private void run() throws IOException {
    source.send(RawRequests.fetch(topic, next, fetchBytes));
    while (true) {
      cut(source.receive());
      source.send(RawRequests.fetch(topic, next, fetchBytes));
      while (sendOneOfEach()) {
        // one batch of each partition a request
      }
    }
  }

  private void cut(ByteBuffer answer) {
    RawAnswers.fetched(
        answer,
        (partition, batch) -> {
          next[partition] = RawBatch.nextOffset(batch);
          RawBatch.rebase(batch);
          batches.get(partition).add(batch);
        });
  }

  private boolean sendOneOfEach() throws IOException {
    int[] partitions = new int[batches.size()];
    List<ByteBuffer> heads = new ArrayList<>();
    for (int partition = 0; partition < batches.size(); partition++) {
      ByteBuffer head = batches.get(partition).poll();
      if (head != null) {
        partitions[heads.size()] = partition;
        heads.add(head);
      }
    }
    if (heads.isEmpty()) {
      return false;
    }
    if (unanswered == inFlight) {
      RawAnswers.produced(target.receive());
      unanswered--;
    }
    target.send(RawRequests.produce(topic, Arrays.copyOf(partitions, heads.size()), heads));
    unanswered++;
    return true;
  }
}

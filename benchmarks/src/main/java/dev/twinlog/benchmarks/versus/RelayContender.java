package dev.twinlog.benchmarks.versus;

import dev.twinlog.testkit.child.ChildJvm;
import java.util.Map;

/**
 * Copies batches between two brokers with the least work that Kafka's protocol allows: the lower
 * bound of what a link costs. It reads batches with Fetch and sends the very same bytes with
 * Produce ({@code acks=all}, several requests in flight), on two blocking sockets and one thread.
 * Of a batch it reads where it ends and writes the base offset, which the checksum does not cover.
 *
 * <p>It keeps no position, restamps nothing, sees no compaction, transaction or new leader, and
 * stops at the first error, so it is of no practical use. What a real link costs more than this is
 * the price of doing its work. It never merges batches: where they are tiny a link that does may be
 * faster.
 */
final class RelayContender implements Contender {
  private static final int IN_FLIGHT = 5;
  private static final int FAR_IN_FLIGHT = 64;
  private static final int FETCH_BYTES = 8 << 20;

  @Override
  public String name() {
    return Contenders.FLOOR;
  }

  @Override
  public String describe() {
    return "Fetch and Produce by hand, batches untouched, no exactly-once: the floor";
  }

  @Override
  public Map<String, String> settings(Job job) {
    return Map.of(
        "produce requests in flight",
        Integer.toString(job.workload().far() == Workload.Far.NOWHERE ? IN_FLIGHT : FAR_IN_FLIGHT),
        "bytes a fetch",
        Integer.toString(FETCH_BYTES));
  }

  @Override
  public ChildJvm.Builder launch(Job job) {
    int inFlight = job.workload().far() == Workload.Far.NOWHERE ? IN_FLIGHT : FAR_IN_FLIGHT;
    return Child.probed(
            RelayMain.class,
            job.source(),
            job.target(),
            job.topic(),
            Integer.toString(job.workload().partitions()),
            Integer.toString(inFlight),
            Integer.toString(FETCH_BYTES))
        .jvmArgs("-Xmx" + job.heap());
  }
}

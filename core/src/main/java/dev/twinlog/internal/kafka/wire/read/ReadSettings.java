package dev.twinlog.internal.kafka.wire.read;

import dev.twinlog.internal.kafka.cluster.ClientSettings;

/**
 * How to fetch: as the user's consumer properties say, and where they say nothing, within the bound
 * of what may be in flight.
 *
 * @param maxWaitMs how long a broker may wait for {@code minBytes}
 * @param minBytes what is worth an answer
 * @param fetchBytes of one answer
 * @param partitionBytes of one partition in an answer
 * @param boundBytes what may be lent out while fetches are still sent
 * @param coalesce whether small batches that arrive together travel on as one
 */
record ReadSettings(
    int maxWaitMs,
    int minBytes,
    int fetchBytes,
    int partitionBytes,
    long boundBytes,
    boolean coalesce) {
  private static final int KIB = 1024;
  private static final int MIB = 1024 * KIB;
  private static final int KAFKA_REQUEST_MS = 30_000;

  /** An answer is larger than its records, and a buffer of the pool is a power of two. */
  private static final int ANSWER_OVERHEAD = 32 * KIB;

  static ReadSettings of(ClientSettings client, long maxInFlightBytes) {
    int fetch = within(maxInFlightBytes / 4, MIB, 16 * MIB) - ANSWER_OVERHEAD;
    int partition = within(maxInFlightBytes / 8, 64 * KIB, 4 * MIB);
    // a broker that waits as long as a request may take would look dead
    int longest = client.number("request.timeout.ms", KAFKA_REQUEST_MS) / 2;
    return new ReadSettings(
        Math.min(longest, client.number("fetch.max.wait.ms", 500)),
        client.number("fetch.min.bytes", 1),
        client.number("fetch.max.bytes", fetch),
        client.number("max.partition.fetch.bytes", partition),
        maxInFlightBytes,
        true);
  }

  private static int within(long value, int least, int most) {
    return (int) Math.max(least, Math.min(most, value));
  }

  /** The same, with every batch as it is. */
  ReadSettings withoutCoalescing() {
    return new ReadSettings(maxWaitMs, minBytes, fetchBytes, partitionBytes, boundBytes, false);
  }
}

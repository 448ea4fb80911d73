package dev.twinlog.benchmarks.versus;

import java.nio.ByteBuffer;

/** Decodes the responses to {@link RawRequests}. */
final class RawAnswers {
  private static final int ABORTED_BYTES = 16;

  private RawAnswers() {}

  /** Takes whole batches as they come, without copying them. */
  interface Batches {
    void batch(int partition, ByteBuffer batch);
  }

  /**
   * Cuts the answer to a Fetch into its batches; the last of a partition may be cut off: skipped.
   */
  static void fetched(ByteBuffer answer, Batches out) {
    answer.getInt(); // correlation
    answer.getInt(); // throttled for
    requireNoError(answer.getShort(), "Fetch");
    answer.getInt(); // session
    for (int topics = answer.getInt(); topics > 0; topics--) {
      skipString(answer);
      for (int partitions = answer.getInt(); partitions > 0; partitions--) {
        partition(answer, out);
      }
    }
  }

  private static void partition(ByteBuffer answer, Batches out) {
    int partition = answer.getInt();
    requireNoError(answer.getShort(), "Fetch of partition " + partition);
    skip(answer, 3 * Long.BYTES); // high watermark, last stable offset, log start
    skip(answer, Math.max(0, answer.getInt()) * ABORTED_BYTES);
    answer.getInt(); // preferred replica
    int size = Math.max(0, answer.getInt());
    int end = answer.position() + size;
    int at = answer.position();
    while (RawBatch.isWhole(answer, at, end)) {
      int bytes = RawBatch.size(answer, at);
      out.batch(partition, answer.slice(at, bytes));
      at += bytes;
    }
    answer.position(end);
  }

  /** Checks the answer to a Produce. */
  static void produced(ByteBuffer answer) {
    answer.getInt(); // correlation
    for (int topics = answer.getInt(); topics > 0; topics--) {
      skipString(answer);
      for (int partitions = answer.getInt(); partitions > 0; partitions--) {
        int partition = answer.getInt();
        requireNoError(answer.getShort(), "Produce to partition " + partition);
        skip(answer, 3 * Long.BYTES); // base offset, append time, log start
        answer.getInt(); // no errors, so none of single records
        skipString(answer);
      }
    }
  }

  private static void requireNoError(short code, String what) {
    if (code != 0) {
      throw new VersusException(what + " was answered with Kafka's error code " + code);
    }
  }

  private static void skipString(ByteBuffer answer) {
    skip(answer, Math.max(0, answer.getShort()));
  }

  private static void skip(ByteBuffer answer, int bytes) {
    answer.position(answer.position() + bytes);
  }
}

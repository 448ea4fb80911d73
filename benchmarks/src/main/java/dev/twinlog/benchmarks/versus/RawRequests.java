package dev.twinlog.benchmarks.versus;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Encodes Fetch and Produce requests in the last versions that have neither tagged fields nor topic
 * ids, 11 and 8. Each begins with room for its length.
 */
final class RawRequests {
  private static final short PRODUCE = 0;
  private static final short FETCH = 1;
  private static final short PRODUCE_VERSION = 8;
  private static final short FETCH_VERSION = 11;
  private static final byte[] CLIENT = "relay".getBytes(StandardCharsets.UTF_8);
  private static final int MAX_WAIT_MS = 500;
  private static final int TIMEOUT_MS = 30_000;
  private static final int PARTITION_BYTES = 8 << 20;
  private static final int FIXED = 128;
  private static final int FETCH_PARTITION = 28;
  private static final int PRODUCE_PARTITION = 8;

  private RawRequests() {}

  /** All partitions of a topic from those offsets, answered as soon as there is anything. */
  static ByteBuffer[] fetch(String topic, long[] offsets, int maxBytes) {
    byte[] name = topic.getBytes(StandardCharsets.UTF_8);
    ByteBuffer request =
        header(FETCH, FETCH_VERSION, name.length + offsets.length * FETCH_PARTITION);
    request.putInt(-1); // a client, not a replica
    request.putInt(MAX_WAIT_MS).putInt(1).putInt(maxBytes);
    request.put((byte) 0); // read uncommitted
    request.putInt(0).putInt(-1); // no fetch session
    request.putInt(1);
    string(request, name);
    request.putInt(offsets.length);
    for (int partition = 0; partition < offsets.length; partition++) {
      request.putInt(partition).putInt(-1).putLong(offsets[partition]).putLong(-1);
      request.putInt(PARTITION_BYTES);
    }
    request.putInt(0); // nothing to forget
    request.putShort((short) 0); // no rack
    return new ByteBuffer[] {request.flip()};
  }

  /** One batch for each of those partitions, to be acknowledged by all replicas. */
  static ByteBuffer[] produce(String topic, int[] partitions, List<ByteBuffer> batches) {
    byte[] name = topic.getBytes(StandardCharsets.UTF_8);
    ByteBuffer fields =
        header(PRODUCE, PRODUCE_VERSION, name.length + partitions.length * PRODUCE_PARTITION);
    fields.putShort((short) -1); // no transaction
    fields.putShort((short) -1).putInt(TIMEOUT_MS);
    fields.putInt(1);
    string(fields, name);
    fields.putInt(partitions.length);
    ByteBuffer[] request = new ByteBuffer[2 * partitions.length];
    int from = 0;
    for (int i = 0; i < partitions.length; i++) {
      ByteBuffer batch = batches.get(i);
      fields.putInt(partitions[i]).putInt(batch.remaining());
      request[2 * i] = fields.slice(from, fields.position() - from);
      request[2 * i + 1] = batch;
      from = fields.position();
    }
    return request;
  }

  private static ByteBuffer header(short api, short version, int variable) {
    ByteBuffer request = ByteBuffer.allocateDirect(FIXED + variable);
    request.putInt(0); // the length, when it is known
    request.putShort(api).putShort(version).putInt(0);
    string(request, CLIENT);
    return request;
  }

  private static void string(ByteBuffer to, byte[] bytes) {
    to.putShort((short) bytes.length).put(bytes);
  }
}

package dev.twinlog.internal.kafka.wire.message;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The transaction coordinators of transactional ids (FindCoordinator 4; KIP-699).
 *
 * @param throttleMs how long the broker wants no further request
 */
public record FindCoordinator(int throttleMs, List<Coordinator> coordinators) {
  private static final int TRANSACTIONS = 1;

  /**
   * The coordinator of one transactional id.
   *
   * @param error the error code; the broker is only valid if it is 0
   */
  public record Coordinator(String key, int broker, String host, int port, short error) {}

  public static MessageWriter request(Collection<String> transactionalIds) {
    MessageWriter out = new MessageWriter().int8(TRANSACTIONS).arrayOf(transactionalIds.size());
    transactionalIds.forEach(out::string);
    return out.noTags();
  }

  public static FindCoordinator read(MessageReader in) {
    int throttleMs = in.int32();
    List<Coordinator> coordinators = new ArrayList<>();
    for (int left = in.array(); left > 0; left--) {
      String key = in.string();
      int broker = in.int32();
      String host = in.string();
      int port = in.int32();
      coordinators.add(new Coordinator(key, broker, host, port, in.int16()));
      in.nullableString(); // error message
      in.skipTags();
    }
    return new FindCoordinator(throttleMs, coordinators);
  }
}

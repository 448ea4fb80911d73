package dev.twinlog.kafka;

import dev.twinlog.internal.kafka.cluster.ClientLibrary;
import dev.twinlog.internal.kafka.wire.BatchPath;
import java.util.Optional;

/**
 * The data path that a source or a sink uses, and the reason.
 *
 * @param path never {@link DataPath#AUTO}
 * @param reason why it is the record path although it was not configured
 * @param problem why the path can't be used
 */
record PathChoice(DataPath path, Optional<String> reason, Optional<String> problem) {

  static PathChoice ofSource(DataPath wanted, Isolation isolation) {
    if (isolation == Isolation.READ_COMMITTED) {
      return of(wanted, BatchPath.problem(), ClientLibrary.recordPathProblem());
    }
    // aborted records would be copied as committed ones: batches of this path have no transaction
    return wanted == DataPath.BATCHES
        ? new PathChoice(
            wanted,
            Optional.empty(),
            Optional.of(
                "path was BATCHES, which copies committed records only: use RECORDS for READ_UNCOMMITTED"))
        : of(DataPath.RECORDS, Optional.empty(), ClientLibrary.recordPathProblem());
  }

  static PathChoice ofSink(DataPath wanted) {
    // the record path's writer works with every kafka-clients that is supported
    return of(wanted, BatchPath.problem(), Optional.empty());
  }

  /**
   * Chooses.
   *
   * @param batches why the batch path can't be used, if so
   * @param records why the record path can't, if so
   */
  static PathChoice of(DataPath wanted, Optional<String> batches, Optional<String> records) {
    if (wanted != DataPath.RECORDS && batches.isEmpty()) {
      return new PathChoice(DataPath.BATCHES, Optional.empty(), Optional.empty());
    }
    if (wanted == DataPath.BATCHES) {
      return new PathChoice(
          wanted, Optional.empty(), batches.map(why -> "path was BATCHES, but " + why));
    }
    return new PathChoice(
        DataPath.RECORDS, wanted == DataPath.AUTO ? batches : Optional.empty(), records);
  }
}

package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.wire.message.ProduceAnswer;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.spi.ReplicationException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** What becomes of the parcels of a route that were sent. Confined to the writer thread. */
final class RouteAnswers {
  private final OpenRoute open;
  private final KafkaErrors errors;
  private final ProduceBatchFactory factory;

  RouteAnswers(OpenRoute open) {
    this.open = open;
    this.errors = open.parts().errors();
    this.factory = open.parts().factory();
  }

  void answered(Parcel parcel, ProduceAnswer.Partition answer) {
    Errors error = Errors.forCode(answer.error());
    Broker broker = open.broker();
    open.returned(parcel);
    if (error != Errors.NONE) {
      failed(parcel, error, answer.message(), Troubles.answer(open.route(), errors, broker, error));
    } else if (answer.baseOffset() < 0) {
      doubt(parcel, "it was acknowledged without an offset");
    } else {
      open.landed(parcel, answer.baseOffset());
    }
    open.settle();
  }

  /** No answer will come, and nobody knows what became of it. */
  void lost(Parcel parcel, String why) {
    open.lost(parcel);
    uncertain(parcel, "its answer got lost: " + why);
    open.settle();
  }

  private void failed(Parcel parcel, Errors error, @Nullable String message, String told) {
    switch (Verdict.of(error)) {
      case AGAIN -> uncertain(parcel, told);
      case AGAIN_ABSENT -> {
        parcel.refused();
        open.retrying(told);
        open.again();
      }
      case OUT_OF_ORDER -> {
        if (open.parcels().isNext(parcel)) {
          doubt(parcel, told);
        } else {
          parcel.refused();
          open.stop();
        }
      }
      case DOUBT -> doubt(parcel, told);
      case FENCED -> fenced(parcel, told);
      case TOO_LARGE -> replace(parcel, factory.split(open.route(), parcel));
      case BAD_RECORD ->
          replace(parcel, factory.halve(open.route(), parcel, refusal(parcel, error, message)));
      case CORRUPT -> {
        if (isDamaged(parcel)) {
          ReplicationException cause = Troubles.damaged(open.route(), parcel.firstWrite());
          replace(parcel, List.of(Parcel.refusal(parcel.shares(), cause)));
        } else {
          uncertain(parcel, told);
        }
      }
      case REFUSED ->
          replace(
              parcel, List.of(Parcel.refusal(parcel.shares(), refusal(parcel, error, message))));
    }
  }

  private ReplicationException refusal(Parcel parcel, Errors error, @Nullable String message) {
    return Troubles.refused(open.route(), errors, parcel.sourceOffset(), error, message);
  }

  private static boolean isDamaged(Parcel parcel) {
    ByteBuffer batch = parcel.batch();
    CRC32C crc = new CRC32C();
    crc.update(batch.slice(BatchHeader.ATTRIBUTES, batch.remaining() - BatchHeader.ATTRIBUTES));
    return (int) crc.getValue() != BatchHeader.crc(batch, batch.position());
  }

  /** It goes again if the broker will know it then, should it have it. */
  private void uncertain(Parcel parcel, String why) {
    parcel.doubted();
    if (open.isRemembered()) {
      open.retrying(why);
      open.again();
    } else {
      open.parts().cluster().refresh(); // the next session needs the leader as well
      open.fail(
          parcel.firstWrite(),
          Troubles.forgotten(open.route(), errors, parcel.sourceOffset(), why));
    }
  }

  private void doubt(Parcel parcel, String why) {
    open.fail(
        parcel.firstWrite(), Troubles.doubtful(open.route(), errors, parcel.sourceOffset(), why));
  }

  private void fenced(Parcel parcel, String why) {
    if (open.identity().isOwned()) {
      open.fail(
          parcel.firstWrite(), Troubles.fenced(open.route(), errors, parcel.sourceOffset(), why));
    } else {
      doubt(parcel, why);
    }
  }

  /** See {@link RouteQueue#halve}. */
  void halve(Parcel parcel) {
    replace(parcel, factory.halve(open.route(), parcel));
  }

  /** Other parcels for the same records, with the same sequences. */
  private void replace(Parcel parcel, List<Parcel> by) {
    open.parcels().replace(parcel, by);
    open.stop();
  }
}

package dev.twinlog.internal.kafka.wire.write;

import dev.twinlog.internal.batch.BatchHeader;
import dev.twinlog.internal.kafka.cluster.KafkaErrors;
import dev.twinlog.internal.kafka.wire.message.ProduceResponse;
import dev.twinlog.internal.kafka.wire.net.Broker;
import dev.twinlog.internal.kafka.wire.write.batch.ProduceBatch;
import dev.twinlog.internal.kafka.wire.write.batch.ProduceBatchFactory;
import dev.twinlog.internal.kafka.wire.write.batch.WriteErrors;
import dev.twinlog.spi.ReplicationException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;
import org.apache.kafka.common.protocol.Errors;
import org.jspecify.annotations.Nullable;

/** Handles the answers to produce batches of a route. Confined to the writer thread. */
final class ProduceResponseHandler {
  private final OpenRoute open;
  private final KafkaErrors errors;
  private final ProduceBatchFactory factory;

  ProduceResponseHandler(OpenRoute open) {
    this.open = open;
    this.errors = open.context().errors();
    this.factory = open.context().factory();
  }

  void answered(ProduceBatch batch, ProduceResponse.Partition answer) {
    Errors error = Errors.forCode(answer.error());
    Broker broker = open.broker();
    open.returned(batch);
    if (error != Errors.NONE) {
      failed(
          batch, error, answer.message(), WriteErrors.answer(open.route(), errors, broker, error));
    } else if (answer.baseOffset() < 0) {
      doubt(batch, "it was acknowledged without an offset");
    } else {
      open.appended(batch, answer.baseOffset());
    }
    open.settle();
  }

  /** Handles a batch whose answer will never come; its outcome is unknown. */
  void lost(ProduceBatch batch, String why) {
    open.lost(batch);
    uncertain(batch, "its answer was lost: " + why);
    open.settle();
  }

  private void failed(ProduceBatch batch, Errors error, @Nullable String message, String why) {
    switch (ProduceErrorAction.of(error)) {
      case RETRY -> uncertain(batch, why);
      case RETRY_NOT_APPENDED -> {
        batch.refused();
        open.retrying(why);
        open.again();
      }
      case OUT_OF_ORDER -> {
        if (open.batches().isNext(batch)) {
          doubt(batch, why);
        } else {
          batch.refused();
          open.stop();
        }
      }
      case OUTCOME_UNKNOWN -> doubt(batch, why);
      case FENCED -> fenced(batch, why);
      case TOO_LARGE -> replace(batch, factory.split(open.route(), batch));
      case BAD_RECORD ->
          replace(batch, factory.halve(open.route(), batch, refusal(batch, error, message)));
      case CORRUPT -> {
        if (isDamaged(batch)) {
          ReplicationException cause = WriteErrors.damaged(open.route(), batch.firstWrite());
          replace(batch, List.of(ProduceBatch.refusal(batch.slices(), cause)));
        } else {
          uncertain(batch, why);
        }
      }
      case REFUSED ->
          replace(
              batch, List.of(ProduceBatch.refusal(batch.slices(), refusal(batch, error, message))));
    }
  }

  private ReplicationException refusal(ProduceBatch batch, Errors error, @Nullable String message) {
    return WriteErrors.refused(open.route(), errors, batch.sourceOffset(), error, message);
  }

  private static boolean isDamaged(ProduceBatch batch) {
    ByteBuffer bytes = batch.bytes();
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(BatchHeader.ATTRIBUTES, bytes.remaining() - BatchHeader.ATTRIBUTES));
    return (int) crc.getValue() != BatchHeader.crc(bytes, bytes.position());
  }

  /** Sends it again if the broker will recognize it, should it have appended it. */
  private void uncertain(ProduceBatch batch, String why) {
    batch.doubted();
    if (open.isRemembered()) {
      open.retrying(why);
      open.again();
    } else {
      open.context().cluster().refresh(); // the next session needs the leader as well
      open.fail(
          batch.firstWrite(),
          WriteErrors.forgotten(open.route(), errors, batch.sourceOffset(), why));
    }
  }

  private void doubt(ProduceBatch batch, String why) {
    open.fail(
        batch.firstWrite(), WriteErrors.doubtful(open.route(), errors, batch.sourceOffset(), why));
  }

  private void fenced(ProduceBatch batch, String why) {
    if (open.identity().fencedOnlyByOwner()) {
      open.fail(
          batch.firstWrite(), WriteErrors.fenced(open.route(), errors, batch.sourceOffset(), why));
    } else {
      doubt(batch, why);
    }
  }

  /** See {@link RouteQueue#halve}. */
  void halve(ProduceBatch batch) {
    replace(batch, factory.halve(open.route(), batch));
  }

  /** Replaces a batch by others for the same records, with the same sequences. */
  private void replace(ProduceBatch batch, List<ProduceBatch> by) {
    open.batches().replace(batch, by);
    open.stop();
  }
}

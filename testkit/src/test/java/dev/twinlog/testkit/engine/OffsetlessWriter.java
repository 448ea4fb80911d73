package dev.twinlog.testkit.engine;

import dev.twinlog.spi.ReplicationBatch;
import dev.twinlog.spi.Route;
import dev.twinlog.spi.SinkWriter;
import dev.twinlog.spi.WriteAck;
import java.util.concurrent.CompletionStage;

/** A writer whose acknowledgements have no offsets. */
record OffsetlessWriter(SinkWriter writer) implements SinkWriter {
  @Override
  public void open(Route route) {
    writer.open(route);
  }

  @Override
  public CompletionStage<WriteAck> write(Route route, ReplicationBatch batch) {
    return writer.write(route, batch).thenApply(ack -> WriteAck.withoutOffsets());
  }

  @Override
  public void close() {
    writer.close();
  }
}

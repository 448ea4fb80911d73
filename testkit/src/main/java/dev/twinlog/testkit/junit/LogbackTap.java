package dev.twinlog.testkit.junit;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import org.slf4j.LoggerFactory;

/**
 * A Logback appender that adds WARN and ERROR events to a {@link LogCapture}. Must be loaded only
 * if Logback is on the class path.
 */
final class LogbackTap extends AppenderBase<ILoggingEvent> implements AutoCloseable {
  private final LogCapture capture;
  private final Logger logger;

  private LogbackTap(LogCapture capture, Logger logger) {
    this.capture = capture;
    this.logger = logger;
  }

  static boolean isBound() {
    return LoggerFactory.getILoggerFactory() instanceof LoggerContext;
  }

  static AutoCloseable attach(LogCapture capture) {
    LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
    LogbackTap tap = new LogbackTap(capture, context.getLogger("dev.twinlog"));
    tap.setContext(context);
    tap.start();
    tap.logger.addAppender(tap);
    return tap;
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (event.getLevel().isGreaterOrEqual(Level.WARN)) {
      String trace =
          event.getThrowableProxy() == null
              ? ""
              : System.lineSeparator() + ThrowableProxyUtil.asString(event.getThrowableProxy());
      capture.add(
          event.getLevel()
              + " "
              + event.getLoggerName()
              + ": "
              + event.getFormattedMessage()
              + trace);
    }
  }

  @Override
  public void close() {
    logger.detachAppender(this);
    stop();
  }
}

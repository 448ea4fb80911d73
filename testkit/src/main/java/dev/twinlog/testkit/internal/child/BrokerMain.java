package dev.twinlog.testkit.internal.child;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Formats a broker's directory if necessary and runs the broker, with Kafka's own command line
 * classes, which are the same in many versions.
 */
public final class BrokerMain {
  private BrokerMain() {}

  /**
   * Runs until the process ends.
   *
   * @param args the data directory, the properties file, then the arguments for Kafka's storage
   *     tool
   */
  public static void main(String[] args) throws Throwable {
    if (!Boolean.getBoolean(BrokerLogs.KEPT)) {
      BrokerLogs.quiet();
    }
    String properties = args[1];
    if (!Files.exists(Path.of(args[0], "meta.properties"))) {
      format(Arrays.copyOfRange(args, 2, args.length));
    }
    call("kafka.Kafka", properties);
  }

  private static void format(String... arguments) throws Throwable {
    Class<?> exit = Class.forName("org.apache.kafka.common.utils.Exit");
    Class<?> procedure = Class.forName("org.apache.kafka.common.utils.Exit$Procedure");
    Object thrower =
        Proxy.newProxyInstance(
            procedure.getClassLoader(),
            new Class<?>[] {procedure},
            (proxy, method, values) -> {
              throw new Exited((Integer) values[0], String.valueOf(values[1]));
            });
    Method setExit = exit.getMethod("setExitProcedure", procedure);
    setExit.invoke(null, thrower);
    try {
      call("kafka.tools.StorageTool", arguments);
    } catch (Exited e) {
      if (e.status != 0) {
        throw new IllegalStateException(
            "Kafka's storage tool ended with status " + e.status + ": " + e.getMessage(), e);
      }
    } finally {
      exit.getMethod("resetExitProcedure").invoke(null);
    }
  }

  private static void call(String mainClass, String... arguments) throws Throwable {
    try {
      Class.forName(mainClass).getMethod("main", String[].class).invoke(null, (Object) arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static final class Exited extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;

    private Exited(int status, String message) {
      super(message);
      this.status = status;
    }
  }
}

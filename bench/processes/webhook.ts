import { webhookAnswer } from "../webhook-answer.ts";
import { serveOneAnswer } from "./one-answer-server.ts";

serveOneAnswer("text/xml", webhookAnswer);

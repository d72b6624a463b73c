"""Attachments are evidence: their rows, like the stream's, are only ever added (functions of 0002)."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


FORWARD = """
CREATE TRIGGER attachment_no_change BEFORE UPDATE OR DELETE ON complaints_attachment
    FOR EACH ROW EXECUTE FUNCTION complaints_append_only();
CREATE TRIGGER attachment_no_truncate BEFORE TRUNCATE ON complaints_attachment
    FOR EACH STATEMENT EXECUTE FUNCTION complaints_append_only();
"""

BACKWARD = """
DROP TRIGGER attachment_no_truncate ON complaints_attachment;
DROP TRIGGER attachment_no_change ON complaints_attachment;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0002_guards'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('type', models.CharField(choices=[('jpeg', '图片'), ('png', '图片'), ('webp', '图片'), ('pdf', 'PDF 文件'), ('docx', 'Word 文档'), ('xlsx', 'Excel 表格'), ('txt', '文本'), ('mp3', '录音'), ('wav', '录音'), ('m4a', '录音')], max_length=8, verbose_name='类型')),
                ('name', models.CharField(max_length=120, verbose_name='名称')),
                ('size', models.PositiveIntegerField(verbose_name='大小')),
                ('sha256', models.CharField(max_length=64)),
                ('width', models.PositiveSmallIntegerField(null=True)),
                ('height', models.PositiveSmallIntegerField(null=True)),
                ('uploaded_at', models.DateTimeField(verbose_name='上传时间')),
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='file', to='complaints.orderevent')),
                ('order', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='files', to='complaints.order')),
                ('uploaded_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '附件',
                'ordering': ['order', 'id'],
                'indexes': [models.Index(fields=['order', 'id'], name='attachment_by_order')],
                'constraints': [models.CheckConstraint(condition=models.Q(('type__in', ['jpeg', 'png', 'webp', 'pdf', 'docx', 'xlsx', 'txt', 'mp3', 'wav', 'm4a'])), name='attachment_type_known'), models.CheckConstraint(condition=models.Q(('size__gt', 0)), name='attachment_not_empty')],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
